import { RingformerError } from '@ringformer/core/base';
import { type Palette, paletteOf, type Theme } from './theme.ts';

export type DrawOptions = {
  /** Pixels. Default 460, which phones show almost at full size. */
  readonly width?: number;
  readonly theme?: Theme;
  /** Whether the picture shows its title. Default true. */
  readonly title?: boolean;
  /** Whether an 'auto' picture brings its own style. Default true; a page that has `STYLE` needs it only once. */
  readonly style?: boolean;
  /** Default: that of the page. In Node.js, `drawSvg` of @ringformer/pictures/node brings one. */
  readonly document?: unknown;
};

/** Where a picture is drawn. */
export type Canvas = { readonly width: number; readonly palette: Palette; readonly document: Document };

/** A part of a picture: SVG elements that fill `width` × `height`. */
export type Part = { readonly width: number; readonly height: number; readonly svg: string };

export function canvasOf({ width = 460, theme = 'auto', document = globalThis.document }: DrawOptions): Canvas {
  if (!document) {
    throw new RingformerError(
      'bad-argument',
      '[ringformer/pictures] drawPicture needs a document, and there is none here. In Node.js, use drawSvg of @ringformer/pictures/node.',
    );
  }
  if (!(Number.isFinite(width) && width >= 240)) {
    throw new RingformerError('bad-argument', `[ringformer/pictures] width is ${width}; expected at least 240 pixels.`);
  }
  return { width: Math.floor(width), palette: paletteOf(theme), document: document as Document };
}

/** What Plot has drawn, as a part. Its own style is left out: the page's would reach into it. */
export function partOf(plot: Element): Part {
  const [width, height] = ['width', 'height'].map((name) => Number(plot.getAttribute(name))) as [number, number];
  const inner = drawable(plot.innerHTML.replace(/<style>[\s\S]*?<\/style>/g, '').replaceAll('&nbsp;', '&#160;'));
  return { width, height, svg: `<g text-anchor="middle">${inner}</g>` };
}

/** Parts below each other. */
export function stacked(parts: readonly Part[], gap = 0): Part {
  let y = 0;
  const placed = parts.map((part) => {
    const at = moved(part, 0, y);
    y += part.height + gap;
    return at;
  });
  const width = parts.reduce((most, part) => Math.max(most, part.width), 0);
  return { width, height: Math.max(0, y - gap), svg: placed.join('') };
}

/** Parts of one size beside each other, in as many rows as they need. */
export function wrapped(parts: readonly Part[], across: number, gap = 12): Part {
  const rows: Part[] = [];
  for (let i = 0; i < parts.length; i += across) {
    const row = parts.slice(i, i + across);
    let x = 0;
    const svg = row.map((part) => {
      const at = moved(part, x, 0);
      x += part.width + gap;
      return at;
    });
    rows.push({ width: x - gap, height: Math.max(...row.map(({ height }) => height)), svg: svg.join('') });
  }
  return stacked(rows, gap);
}

const moved = ({ svg }: Part, x: number, y: number): string =>
  x === 0 && y === 0 ? svg : `<g transform="translate(${round(x)},${round(y)})">${svg}</g>`;

export const round = (x: number): string => String(Math.round(x * 10) / 10);

export const escaped = (text: string): string =>
  drawable(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Without the characters that an XML document cannot have: most control characters, halves of others, and U+FFFE and U+FFFF. */
const drawable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
  text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, '␣');

/** About how wide a text is, in pixels. East Asian characters and emoji are twice as wide as letters. */
export function widthOf(text: string, size = 12): number {
  let ems = 0;
  for (const sign of text)
    ems += (sign.codePointAt(0) as number) > 0x2e7f ? 1.05 : /[A-ZÄÖÜmwMW@%—]/.test(sign) ? 0.74 : 0.56;
  return ems * size;
}

/** As much of a text as fits. */
export function fitted(text: string, most: number, size = 12): string {
  if (widthOf(text, size) <= most) return text;
  const signs = [...text];
  while (signs.length > 1 && widthOf(`${signs.join('')}…`, size) > most) signs.pop();
  return `${signs.join('').trimEnd()}…`;
}

/** A text in lines that fit. */
export function lines(text: string, most: number, size: number): string[] {
  const found: string[] = [];
  for (const word of text.split(' ')) {
    const last = found.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size) <= most) found[found.length - 1] = `${last} ${word}`;
    else found.push(fitted(word, most, size));
  }
  return found;
}

export type Say = {
  readonly size?: number;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly soft?: boolean;
};

/** A line of text whose baseline is at y. */
export function label(
  { palette }: Pick<Canvas, 'palette'>,
  text: string,
  x: number,
  y: number,
  { size = 12, bold = false, anchor = 'start', soft = false }: Say = {},
): string {
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}"${weight} text-anchor="${anchor}" class="${soft ? 'rf-soft' : 'rf-ink'}" fill="${soft ? palette.soft : palette.ink}">${escaped(text)}</text>`;
}
