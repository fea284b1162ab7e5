/** Mixes the bits of a 32-bit integer: the finaliser of MurmurHash3 (Appleby, public domain). */
export function mix32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A seed derived from another: independent streams for each step, each dropout site, each parameter. */
export function deriveSeed(seed: number, stream: number): number {
  return mix32(mix32(seed ^ 0x9e3779b9) + Math.imul(stream, 0x9e3779b1));
}

/**
 * Which of `size` elements dropout keeps, by counter rather than by state, so that every backend drops the same ones:
 * element i is kept if (mix32(i·0x9e3779b1 ^ mix32(seed)) >>> 8) ≥ ⌊rate·2²⁴⌋; kept elements get 1/(1 − rate).
 */
export function dropoutMask(size: number, rate: number, seed: number): Float32Array {
  const mask = new Float32Array(size);
  const base = mix32(seed);
  const threshold = Math.floor(rate * 2 ** 24);
  const scale = 1 / (1 - rate);
  for (let i = 0; i < size; i++) {
    if (mix32(Math.imul(i, 0x9e3779b1) ^ base) >>> 8 >= threshold) mask[i] = scale;
  }
  return mask;
}

/** `size` numbers in [0, 1) with 24 random bits each, by counter: the same on every platform. */
export function randomUniform(size: number, seed: number): Float32Array {
  const base = mix32(seed);
  return Float32Array.from({ length: size }, (_, i) => (mix32(Math.imul(i, 0x9e3779b1) ^ base) >>> 8) / 2 ** 24);
}

/** `size` numbers from N(0, 1), by counter (Box and Muller, 1958). */
export function randomNormal(size: number, seed: number): Float32Array {
  const radius = randomUniform(size, deriveSeed(seed, 1));
  const angle = randomUniform(size, deriveSeed(seed, 2));
  return radius.map((u, i) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * angle[i]!));
}

/** Shuffles in place (Fisher and Yates). `random(i)` returns the 32 random bits of position i, as an unsigned integer. */
export function shuffle(items: Uint32Array | unknown[], random: (i: number) => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    // the product stays below 2^53, so floor is exact; the bias of 2^-32 · items is negligible
    const j = Math.floor((random(i) * (i + 1)) / 2 ** 32);
    const kept = items[i] as number;
    items[i] = items[j] as number;
    items[j] = kept;
  }
}
