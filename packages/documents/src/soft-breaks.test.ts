import { expect, it } from 'vitest';
import { sentenceBreaks } from './soft-breaks.ts';

it.each([
  ['Ort: Rathaus\nZeit: 18 Uhr', [12]],
  ['Ort: Rathaus\r\nZeit: 18 Uhr', [13]],
  ['Wichtig: Bitte beachten Sie die folgende\nRegel: Niemals öffnen.', []],
  [`Note: ${'these words are many '.repeat(4)}A\nLinux: that is it`, []],
  ['Ein Satz geht\nweiter: hier', []],
  ['Viele Grüße\nAnna Schmidt\nBerlin', [11, 24]],
])('%j', (text, expected) => expect(sentenceBreaks(text)).toEqual(expected));
