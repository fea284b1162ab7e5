// Pictures in Node.js, as SVG and as PNG: `@ringformer/pictures/node`.
import { RingformerError, reasonOf } from '@ringformer/core/base';
import { parseHTML } from 'linkedom';
import type { DrawOptions } from './draw/canvas.ts';
import { drawPicture } from './draw/draw.ts';
import type { Picture } from './picture.ts';

/** As `drawPicture`, with a document that needs no browser. */
export function drawSvg(picture: Picture, options: Omit<DrawOptions, 'document'> = {}): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return drawPicture(picture, { ...options, document });
}

/** Draws SVG as pixels: takes the text of an SVG document, returns the bytes of a PNG file. */
export type Rasteriser = (svg: string, options?: { readonly zoom?: number }) => Uint8Array;

const REMEDY = 'Install it with npm install @resvg/resvg-js, or use the SVG files.';

/**
 * What makes PNG files, with the fonts of this machine. `zoom`: pixels of the PNG for each of the picture, default 2.
 * @throws RingformerError 'no-backend' if @resvg/resvg-js is not installed, does not start, or finds no fonts
 */
export async function openRasteriser(): Promise<Rasteriser> {
  const { Resvg } = await import('@resvg/resvg-js').catch((cause: unknown) => {
    throw new RingformerError(
      'no-backend',
      `[ringformer/pictures] PNG files need @resvg/resvg-js, which does not load here: ${reasonOf(cause)} ${REMEDY}`,
      { cause },
    );
  });
  const font = { loadSystemFonts: true };
  const probe =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15" font-family="sans-serif">Ag</text></svg>';
  if (!new Resvg(probe, { font }).innerBBox()) {
    throw new RingformerError(
      'no-backend',
      '[ringformer/pictures] This machine has no fonts, so PNG files would have no words. Install one (on Debian: apt install fonts-dejavu-core), or use the SVG files.',
    );
  }
  return (svg, { zoom = 2 } = {}) => new Resvg(svg, { font, fitTo: { mode: 'zoom', value: zoom } }).render().asPng();
}
