export type { DrawOptions } from './draw/canvas.ts';
export { drawPicture } from './draw/draw.ts';
export { PALETTES, type Palette, STYLE, type Theme } from './draw/theme.ts';
export {
  type About,
  type Alignment,
  type Bars,
  type Chart,
  type HeatMap,
  type Measure,
  type Names,
  type Overlay,
  type Panel,
  type Picture,
  type Table,
  tablesOf,
} from './picture.ts';
export { type Drawn, htmlReport, type Report } from './report/report.ts';
export {
  alignmentPicture,
  classTokenPicture,
  headsPicture,
  type ImageOf,
  imageHeadsPicture,
  imageRolloutPicture,
  rolloutPicture,
  type Sides,
} from './subjects/attention.ts';
export { ckaPicture } from './subjects/cka.ts';
export { costPicture } from './subjects/cost.ts';
export { type Depth, depthPicture, type Exit, similarityPicture } from './subjects/depth.ts';
export { distancePicture } from './subjects/distance.ts';
export {
  imageSignalsPicture,
  type Strength,
  signalsPicture,
  statesPicture,
  tokenSignalsPicture,
} from './subjects/signals.ts';
export { type Weights, type Word, weightsBetween, wordsOf } from './words.ts';
