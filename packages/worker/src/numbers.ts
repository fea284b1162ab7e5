import { RingformerError } from '@ringformer/core/base';
import { type Image, type Transform, transformImage } from '@ringformer/images';

/**
 * Images as the numbers that a classifier takes: [b c h w].
 * @throws RingformerError 'bad-argument' without images or transform
 */
export function numbersOf(images: readonly Image[], transform: Transform | undefined): Float32Array {
  if (!transform || images.length === 0) {
    const why = transform
      ? 'the list is empty'
      : "the model's manifest lists no 'transform'. Pass numbers [b c h w] instead";
    throw new RingformerError('bad-argument', `[ringformer/worker] Images cannot be classified: ${why}.`);
  }
  const all = images.map((image) => transformImage(image, transform, 0).data);
  const numbers = new Float32Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of all) {
    numbers.set(one, at);
    at += one.length;
  }
  return numbers;
}
