import type { Picture } from '../picture.ts';
import { alignmentParts } from './alignment.ts';
import { barParts } from './bars.ts';
import { type Canvas, canvasOf, type DrawOptions, type Part } from './canvas.ts';
import { chartParts } from './chart.ts';
import { framed } from './frame.ts';
import { heatParts } from './heat.ts';
import { overlayParts } from './overlay.ts';

/**
 * A picture as the text of one SVG document that refers to nothing outside.
 * @throws RingformerError 'bad-argument' if there is no document to draw with, or the width is too small
 */
export function drawPicture(picture: Picture, options: DrawOptions = {}): string {
  const canvas = canvasOf(options);
  return framed(picture, partsOf(picture, canvas), canvas, options);
}

function partsOf(picture: Picture, canvas: Canvas): Part[] {
  switch (picture.kind) {
    case 'heat':
      return heatParts(picture, canvas);
    case 'alignment':
      return alignmentParts(picture, canvas);
    case 'overlay':
      return overlayParts(picture, canvas);
    case 'chart':
      return chartParts(picture, canvas);
    case 'bars':
      return barParts(picture, canvas);
  }
}
