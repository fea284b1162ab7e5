export { type DocumentOptions, type Format, formatOf, formats, translateDocument } from './translate-document.ts';
export type { Translate } from './unit.ts';
