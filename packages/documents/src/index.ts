export { type Format, formatOf, formats } from './formats.ts';
export type { Align, Alignment } from './place.ts';
export { type DocumentOptions, translateDocument } from './translate-document.ts';
export type { Translate } from './unit.ts';
