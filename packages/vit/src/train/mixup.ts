import { deriveSeed, randomUniform } from '@ringformer/core/base';
import type { LabelledBatch } from './labelled.ts';

/** mixup (Zhang et al., 2018): blends each image with that of the reversed batch, by one share from Beta(α, α). */
export function mix({ images, shape, labels }: LabelledBatch, alpha: number, seed: number): LabelledBatch {
  const share = randomBeta(alpha, seed);
  const count = labels.length;
  const size = images.length / count;
  const blended = images.map((x, at) => {
    const i = Math.floor(at / size);
    return share * x + (1 - share) * images[(count - 1 - i) * size + (at - i * size)]!;
  });
  return { images: blended, shape, labels, mixed: { others: labels.toReversed(), share } };
}

/** A number from Beta(α, α), by Jöhnk's method (1964). */
export function randomBeta(alpha: number, seed: number): number {
  for (let round = 0; ; round++) {
    const [u = 0, v = 0] = randomUniform(2, deriveSeed(seed, round));
    const [x, y] = [u ** (1 / alpha), v ** (1 / alpha)];
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}
