import type { Overlay } from '@ringformer/pictures';
import type { VitConfig } from '@ringformer/vit';

/** Larger pictures would only make the report heavier. */
const MOST_SIDE = 112;

/**
 * Numbers [c h w] as pixels, the smallest 0 and the largest 255, at most 112 on each side. One or two channels are grey, of more
 * the first three are red, green and blue.
 */
export function previewOf(
  numbers: Float32Array,
  { channels, imageSize }: Pick<VitConfig, 'channels' | 'imageSize'>,
): Overlay['image'] {
  const shown = channels >= 3 ? 3 : 1;
  const block = Math.ceil(imageSize / MOST_SIDE);
  const side = Math.floor(imageSize / block);
  const used = numbers.subarray(0, shown * imageSize * imageSize);
  const [least, most] = [
    used.reduce((a, b) => Math.min(a, b), Infinity),
    used.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const scale = most > least ? 255 / (most - least) : 0;
  const data: number[] = [];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < shown; c++) {
        let sum = 0;
        for (let dy = 0; dy < block; dy++)
          for (let dx = 0; dx < block; dx++)
            sum += used[(c * imageSize + y * block + dy) * imageSize + x * block + dx]!;
        data.push(Math.round((sum / block ** 2 - least) * scale));
      }
  return { width: side, height: side, channels: shown, data };
}
