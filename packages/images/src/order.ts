import { deriveSeed, mix32, shuffle } from '@ringformer/core/base';

/** The order of an epoch's images: every index once, random in (seed, epoch) and the same on every machine. */
export function epochOrder(length: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const base = mix32(deriveSeed(deriveSeed(seed, epoch), 0));
  shuffle(order, (i) => mix32(Math.imul(i, 0x9e3779b1) ^ base) >>> 0);
  return order;
}

/** The seed of one image's random choices in one epoch, whichever batch it is in. */
export function imageSeed(seed: number, epoch: number, i: number): number {
  return deriveSeed(deriveSeed(seed, epoch), i + 1);
}
