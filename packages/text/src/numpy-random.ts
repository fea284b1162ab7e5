// NumPy's default generator, so that resamples are the ones that sacreBLEU draws.

const MASK_64 = (1n << 64n) - 1n;
/** The multiplier of the 128-bit congruential generator (O'Neill, 2014). */
const MULTIPLIER = (2549297995355413924n << 64n) | 4865540595714422341n;

/** Products of a word and the limit must be exact. */
export const MOST_INTEGERS = 2 ** 21;

/**
 * `numpy.random.default_rng(seed).integers(0, limit)`, again and again: PCG64 (XSL-RR), seeded by NumPy's `SeedSequence`,
 * and Lemire's method (2019) for the range. `seed` is below 2^32, `limit` at most `MOST_INTEGERS`.
 */
export function numpyIntegers(seed: number, limit: number): () => number {
  const next = words(seed);
  const threshold = 2 ** 32 % limit;
  return () => {
    for (;;) {
      const product = next() * limit;
      const high = Math.floor(product / 2 ** 32);
      if (product - high * 2 ** 32 >= threshold) return high;
    }
  };
}

/** 32-bit words: the low half of each 64-bit output, then its high half. */
function words(seed: number): () => number {
  const [a = 0n, b = 0n, c = 0n, d = 0n] = seedWords(seed);
  const increment = BigInt.asUintN(128, (((c << 64n) | d) << 1n) | 1n);
  const step = (state: bigint) => BigInt.asUintN(128, state * MULTIPLIER + increment);
  let state = step(BigInt.asUintN(128, step(0n) + ((a << 64n) | b)));
  let kept: number | undefined;
  return () => {
    if (kept !== undefined) {
      const word = kept;
      kept = undefined;
      return word;
    }
    state = step(state);
    const folded = (state >> 64n) ^ (state & MASK_64);
    const turn = state >> 122n;
    const output = BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
    kept = Number(output >> 32n);
    return Number(output & 0xffffffffn);
  };
}

/** `SeedSequence(seed).generate_state(4, uint64)` */
function seedWords(seed: number): bigint[] {
  let constant = 0x43b0d7e5;
  const hash = (value: number, multiplier: number) => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, multiplier);
    return shifted(Math.imul(mixed, constant));
  };
  const pool = [seed, 0, 0, 0].map((value) => hash(value, 0x931e8875));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const hashed = hash(pool[from]!, 0x931e8875);
      pool[to] = shifted(Math.imul(0xca01f9dd, pool[to]!) - Math.imul(0x4973f715, hashed));
    }
  }
  constant = 0x8b51f9dd;
  const halves = Array.from({ length: 8 }, (_, i) => BigInt(hash(pool[i % 4]!, 0x58f38ded) >>> 0));
  return [0, 2, 4, 6].map((i) => halves[i]! | (halves[i + 1]! << 32n));
}

const shifted = (value: number): number => value ^ (value >>> 16);
