/** Mixes the bits of a 32-bit integer: the finaliser of MurmurHash3 (Appleby, public domain). */
export function mix32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A random 32-bit number by position, not by state: the same for the same seed and counter on every machine. */
export function random32(seed: number, counter: number): number {
  return mix32(mix32(Math.imul(counter, 0x9e3779b1) ^ mix32(seed ^ 0x9e3779b9)) + seed) >>> 0;
}

/** Shuffles in place (Fisher and Yates), deterministic in the seed. */
export function shuffle(items: Uint32Array | unknown[], seed: number): void {
  for (let i = items.length - 1; i > 0; i--) {
    // the product stays below 2^53, so floor is exact; the bias of 2^-32 · items is of no account here
    const j = Math.floor((random32(seed, i) * (i + 1)) / 2 ** 32);
    const kept = items[i] as number;
    items[i] = items[j] as number;
    items[j] = kept;
  }
}

/** A stream of numbers in [0, 1), the same for the same seed on every machine. */
export function randomStream(seed: number): () => number {
  let counter = 0;
  return () => random32(seed, counter++) / 2 ** 32;
}

/** A whole number from `from` to `to`, both included. */
export function randomInteger(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** One of the items. */
export function randomItem<T>(random: () => number, items: ArrayLike<T>): T {
  return items[Math.floor(random() * items.length)] as T;
}
