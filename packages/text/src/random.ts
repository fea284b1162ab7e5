import { mix32, shuffle as shuffleBy } from '@ringformer/core/base';

/** A random 32-bit number by position, not by state: the same for the same seed and counter on every machine. */
export function random32(seed: number, counter: number): number {
  return mix32(mix32(Math.imul(counter, 0x9e3779b1) ^ mix32(seed ^ 0x9e3779b9)) + seed) >>> 0;
}

/** Shuffles in place; the seed determines the order. */
export function shuffle(items: Uint32Array | unknown[], seed: number): void {
  shuffleBy(items, (i) => random32(seed, i));
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
