import type { About } from '../picture.ts';
import {
  type Canvas,
  type DrawOptions,
  escaped,
  fitted,
  label,
  lines,
  type Part,
  round,
  stacked,
  widthOf,
} from './canvas.ts';
import { FONTS, STYLE } from './theme.ts';

const MARGIN = 14;

/** How much of a picture's width its parts have. */
export const roomIn = ({ width }: Canvas): number => width - 2 * MARGIN;

/** A whole document: ground, title and parts. Refers to nothing outside. */
export function framed(about: About, parts: readonly Part[], canvas: Canvas, options: DrawOptions): string {
  const { palette, width } = canvas;
  const { theme = 'auto', title = true, style = true } = options;
  const all = stacked([...(title ? [heading(about, canvas)] : []), ...parts], 10);
  const whole = Math.max(width, Math.ceil(all.width) + 2 * MARGIN);
  const height = Math.ceil(all.height) + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="rf" viewBox="0 0 ${whole} ${height}" width="${whole}" height="${height}" role="img" font-family="${FONTS}" font-size="12" fill="currentColor" color="${palette.ink}">`,
    `<title>${escaped(about.title)}</title><desc>${escaped(about.says.join(' '))}</desc>`,
    theme === 'auto' && style ? `<style>${STYLE}</style>` : '',
    `<rect class="rf-ground" width="${whole}" height="${height}" fill="${palette.ground}"/>`,
    `<g transform="translate(${MARGIN},${MARGIN})">${all.svg}</g>`,
    '</svg>\n',
  ].join('');
}

function heading({ title }: About, canvas: Canvas): Part {
  const room = roomIn(canvas);
  const texts = lines(title, room, 15);
  const svg = texts.map((text, i) => label(canvas, text, 0, 14 + 20 * i, { size: 15, bold: true }));
  return { width: room, height: 20 * texts.length, svg: svg.join('') };
}

/** Names with their marks, in as many rows as they need. */
export function legend(
  names: readonly string[],
  canvas: Canvas,
  mark: (i: number, x: number, y: number) => string,
): Part {
  const room = roomIn(canvas);
  let [x, y] = [0, 12];
  const entries = names.map((given, i) => {
    const name = fitted(given, room - 22);
    const width = 22 + widthOf(name) * 1.05;
    if (x > 0 && x + width > room) [x, y] = [0, y + 20];
    const entry = `${mark(i, x, y - 4)}${label(canvas, name, x + 20, y)}`;
    x += width + 12;
    return entry;
  });
  return { width: room, height: y + 6, svg: entries.join('') };
}

/** A square of a series' colour. */
export const swatch =
  ({ palette }: Canvas) =>
  (i: number, x: number, y: number): string =>
    `<rect x="${round(x)}" y="${round(y - 6)}" width="12" height="12" rx="2" class="rf-fill${i % palette.data.length}" fill="${palette.data[i % palette.data.length]}"/>`;
