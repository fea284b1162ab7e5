import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { caseFile, goldenFile } from '../test/goldens.ts';
import { decodeImage } from './decode.ts';
import { readImageHeader } from './header.ts';

it('case vision/01: stray bytes between segments are skipped, as in libjpeg', async () => {
  const { width, height, data } = await decodeImage(caseFile('jpeg-garbage-between-segments.jpg'));
  expect([width, height]).toEqual([64, 64]);
  // the pixels that Pillow's libjpeg gives
  expect(createHash('sha256').update(data).digest('hex')).toBe(
    '7468be9186dfa95d4451e48cdc0777f12651db1247c372b2365d4e9946b9d039',
  );
});

/** The file with bytes put in before its n-th segment. */
function withStray(bytes: Uint8Array, n: number, stray: readonly number[]): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  for (let i = 0; i < n; i++) at += 2 + view.getUint16(at + 2);
  return Uint8Array.from([...bytes.subarray(0, at), ...stray, ...bytes.subarray(at)]);
}

it.each([
  ['zeros', [0, 0, 0]],
  ['a stuffed byte', [0xff, 0]],
  ['fill bytes', [0xff, 0xff, 0xff]],
  ['text', [...'stray'].map((x) => x.charCodeAt(0))],
  ['a marker without length', [0xff, 0xd3]],
])('reads past %s before any segment but the first', async (_, stray) => {
  const bytes = goldenFile('420.jpg');
  const whole = await decodeImage(bytes);
  for (const n of [1, 2, 3, 4]) {
    const file = withStray(bytes, n, stray);
    expect(readImageHeader(file)).toEqual(readImageHeader(bytes));
    // libjpeg itself refuses no stray bytes, but restart markers outside the scan it does not expect
    if (stray[1] !== 0xd3) expect(await decodeImage(file)).toEqual(whole);
  }
});
