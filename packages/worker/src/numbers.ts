import { RingformerError } from '@ringformer/core/base';
import { type Image, type Transform, transformImage } from '@ringformer/images';

/** What a classifier takes of images: [b c h w]. @throws RingformerError 'bad-argument' without images or transform */
export function numbersOf(images: readonly Image[], transform: Transform | undefined): Float32Array {
  if (!transform || images.length === 0) {
    const why = transform ? 'there are none' : "the model's manifest lists no 'transform': give numbers [b c h w]";
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
