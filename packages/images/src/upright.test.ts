import { expect, it } from 'vitest';
import { caseFile, goldenFile } from '../test/goldens.ts';
import { decodeImage } from './decode.ts';
import { readOrientation } from './exif.ts';
import { readImageHeader } from './header.ts';
import type { Image } from './image.ts';
import { opaque, turn } from './upright.ts';

// a b c
// d e f
const image: Image = { width: 3, height: 2, channels: 1, data: Uint8Array.from('abcdef', (x) => x.charCodeAt(0)) };
const rows = ({ width, data }: Image) =>
  String.fromCharCode(...data)
    .match(new RegExp(`.{${width}}`, 'g'))
    ?.join(' ');

it.each([
  [1, 'abc def'],
  [2, 'cba fed'],
  [3, 'fed cba'],
  [4, 'def abc'],
  [5, 'ad be cf'],
  [6, 'da eb fc'],
  [7, 'fc eb da'],
  [8, 'cf be ad'],
  [0, 'abc def'],
  [9, 'abc def'],
])('case vision/09: orientation %i', (orientation, shown) => expect(rows(turn(image, orientation))).toBe(shown));

it('case vision/09: transparent parts become white, whatever colour is under them', () => {
  const pixels = { width: 2, height: 2, data: [9, 8, 7, 255, 9, 8, 7, 0, 0, 0, 0, 0, 100, 0, 255, 51] };
  expect([...opaque(pixels, true).data]).toEqual([9, 8, 7, 255, 255, 255, 255, 255, 255, 224, 204, 255]);
  expect([...opaque(pixels, false).data]).toEqual([9, 8, 7, 9, 8, 7, 0, 0, 0, 100, 0, 255]);
});

it('case vision/09: a photo taken sideways comes out as the upright one', async () => {
  const [sideways, upright] = [
    await decodeImage(caseFile('boot-exif6.jpg')),
    await decodeImage(caseFile('boot-upright.jpg')),
  ];
  expect([sideways.width, sideways.height]).toEqual([upright.width, upright.height]);
  const difference = sideways.data.reduce((sum, value, i) => sum + Math.abs(value - upright.data[i]!), 0);
  expect(difference / sideways.data.length).toBeLessThan(2); // both were compressed
  const raw = await decodeImage(caseFile('boot-exif6.jpg'), { raw: true });
  expect(turn(raw, 6)).toEqual(sideways);
});

it.each(['turned.jpg', 'turned.png', 'turned.webp'])(
  'finds the orientation of %s, and ignores damaged ones',
  (name) => {
    const bytes = new Uint8Array(goldenFile(name));
    const { format } = readImageHeader(bytes);
    expect(readOrientation(format, bytes)).toBe(6);
    for (let end = 0; end < bytes.length; end += 7)
      expect([1, 6]).toContain(readOrientation(format, bytes.subarray(0, end)));
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x55 : byte));
      expect(readOrientation(format, damaged)).toBeLessThanOrEqual(8);
    }
  },
);
