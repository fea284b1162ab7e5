import { expect, it } from 'vitest';
import { goldenFile, goldenImage, goldenNames } from '../test/goldens.ts';
import { decodeImage } from './decode.ts';
import { maskExif } from './exif.ts';
import { readImageHeader } from './header.ts';

const differing = (a: Uint8Array, b: Uint8Array) => a.reduce((count, byte, i) => count + Number(byte !== b[i]), 0);

it.each(goldenNames('decode/'))('clears the EXIF data of %s, if any, and no pixel', async (name) => {
  const bytes = goldenFile(name);
  const masked = maskExif(readImageHeader(bytes).format, bytes);
  expect(masked.length).toBe(bytes.length);
  expect(differing(masked, bytes)).toBe(name.includes('turned') ? 1 : 0);
  expect(await decodeImage(masked, { raw: true })).toEqual(goldenImage(`decode/${name}`));
});

it('comes to an end on damaged files', () => {
  for (const name of goldenNames('decode/')) {
    const bytes = goldenFile(name);
    const { format } = readImageHeader(bytes);
    for (let end = 12; end < bytes.length; end += 5) expect(maskExif(format, bytes.subarray(0, end))).toHaveLength(end);
  }
});
