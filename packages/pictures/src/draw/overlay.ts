import { plot, rect } from '@observablehq/plot';
import { encode } from 'fast-png';
import type { Overlay } from '../picture.ts';
import { type Canvas, type Part, partOf, stacked, wrapped } from './canvas.ts';
import { SHADES, scale, strength } from './cells.ts';
import { roomIn } from './frame.ts';
import { titled } from './heat.ts';

const SIDE = 132;
/** The strongest colour still shows the image. */
const COVER = 0.8;

/** The image as it is, then once more for each panel, its values over it. */
export function overlayParts({ image, panels, value }: Overlay, canvas: Canvas): Part[] {
  const { palette, document } = canvas;
  const side = Math.min(SIDE, (roomIn(canvas) - 16) / 3);
  const address = dataUrl(image);
  const [width, height] = [side, (side * image.height) / image.width];
  const shown = `<image href="${address}" width="${width}" height="${height}" preserveAspectRatio="none"/>`;
  const border = `<rect width="${width}" height="${height}" fill="none" class="rf-rule" stroke="${palette.rule}"/>`;
  const plain = stacked([titled('image', canvas, width), { width, height, svg: shown + border }]);
  const covered = panels.map(({ title, values }) => {
    const [n, m] = [values.length, values[0]?.length ?? 0];
    const cells = values.flatMap((row, i) => row.map((at, j) => ({ x1: j, x2: j + 1, y1: i, y2: i + 1, at })));
    const drawn = plot({
      document,
      width,
      height,
      margin: 0,
      x: { domain: [0, m], axis: null },
      y: { domain: [0, n], range: [0, height], axis: null },
      opacity: SHADES,
      marks: [
        rect(cells, {
          x1: 'x1',
          x2: 'x2',
          y1: 'y1',
          y2: 'y2',
          fill: palette.data[1],
          fillOpacity: ({ at }: { at: number }) => COVER * strength(at, value),
          className: 'rf-fill1',
        }),
      ],
    });
    const grid = partOf(drawn);
    return stacked([titled(title, canvas, width), { ...grid, svg: shown + grid.svg + border }]);
  });
  const all = [plain, ...covered];
  const across = Math.max(1, Math.floor((roomIn(canvas) + 8) / (side + 8)));
  return [wrapped(all, across, 8), scale(value, canvas, 1)];
}

/** [height width channels] → the address of a PNG, so large that no viewer blurs small images' pixels. */
function dataUrl({ width, height, channels, data }: Overlay['image']): string {
  const times = Math.max(1, Math.ceil(SIDE / width));
  const pixels = new Uint8Array(width * height * channels * times * times);
  for (let y = 0, at = 0; y < height * times; y++)
    for (let x = 0; x < width * times; x++)
      for (let c = 0; c < channels; c++)
        pixels[at++] = data[(Math.floor(y / times) * width + Math.floor(x / times)) * channels + c]!;
  const png = encode({ width: width * times, height: height * times, channels, depth: 8, data: pixels });
  let binary = '';
  for (const byte of png) binary += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(binary)}`;
}
