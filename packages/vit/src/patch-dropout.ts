import { deriveSeed, RingformerError, randomUniform } from '@ringformer/core/base';
import * as tf from '@tensorflow/tfjs-core';

/** Which tokens of each image a pass sees, the class token first: numbers of tokens, int32 [b k]. */
export type SeenTokens = { readonly numbers: Int32Array; readonly shape: readonly [b: number, k: number] };

/**
 * Patch dropout (Liu et al., 2023): each image's class token and a share 1 − rate of its patches, at least one, in their
 * order. The seed decides which.
 * @throws RingformerError 'bad-argument' unless 0 ≤ rate < 1
 */
export function drawTokens(images: number, patches: number, rate: number, seed: number): SeenTokens {
  if (!(rate >= 0 && rate < 1)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/vit] patchDropout is ${rate}; expected a share of the patches, from 0 to below 1.`,
    );
  }
  const kept = Math.max(1, Math.round(patches * (1 - rate)));
  const random = randomUniform(images * patches, seed);
  const numbers = new Int32Array(images * (kept + 1));
  for (let image = 0; image < images; image++) {
    const rank = (patch: number) => random[image * patches + patch]!;
    const drawn = Array.from({ length: patches }, (_, patch) => patch).sort((a, b) => rank(a) - rank(b) || a - b);
    const tokens = drawn.slice(0, kept).map((patch) => patch + 1);
    numbers.set(
      tokens.sort((a, b) => a - b),
      image * (kept + 1) + 1,
    );
  }
  return { numbers, shape: [images, kept + 1] };
}

/** The seen tokens of a pass, or undefined if it sees all. `dropoutSeed` is that of the pass; without one, nothing is dropped. */
export function seenTokens(
  images: number,
  patches: number,
  { rate = 0, dropoutSeed }: { readonly rate?: number; readonly dropoutSeed?: number },
): SeenTokens | undefined {
  if (rate === 0 || dropoutSeed === undefined) return undefined;
  return drawTokens(images, patches, rate, deriveSeed(dropoutSeed, ~0));
}

/** The patches that are seen. patches: [b n p] → [b k−1 p] */
export function seenPatches(patches: tf.Tensor3D, { numbers, shape: [b, k] }: SeenTokens): tf.Tensor3D {
  const [, n, size] = patches.shape;
  const rows = new Int32Array(b * (k - 1));
  for (let image = 0; image < b; image++)
    for (let i = 1; i < k; i++) rows[image * (k - 1) + i - 1] = image * n + numbers[image * k + i]! - 1;
  return tf.tidy(() => {
    const flat = tf.reshape(patches, [b * n, size]) as tf.Tensor;
    return tf.gather(flat, tf.tensor2d(rows, [b, k - 1], 'int32')) as tf.Tensor3D;
  });
}

/** A table's rows of the seen tokens. table: [n d] → [b k d] */
export function seenRows(table: tf.Tensor, { numbers, shape }: SeenTokens): tf.Tensor {
  return tf.tidy(() => tf.gather(table, tf.tensor2d(numbers, [...shape], 'int32')));
}
