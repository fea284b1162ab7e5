import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cut, cutLines } from './cut.ts';

async function cuts(chunks: readonly Uint8Array[], lines: number, bytes?: number): Promise<Cut[]> {
  async function* stream() {
    yield* chunks;
  }
  const all: Cut[] = [];
  for await (const cut of cutLines(stream(), { lines, bytes })) all.push(cut);
  return all;
}

const places = (all: readonly Cut[]) => all.map(({ start, end, first, lines }) => [start, end, first, lines]);

test.each([
  ['', 2, []],
  ['a', 2, [[0, 1, 1, 1]]],
  ['a\n', 2, [[0, 2, 1, 1]]],
  [
    '\n\n\n',
    2,
    [
      [0, 2, 1, 2],
      [2, 3, 3, 1],
    ],
  ],
  [
    'a\r\nb\nc',
    2,
    [
      [0, 5, 1, 2],
      [5, 6, 3, 1],
    ],
  ],
  [
    'a\nb\nc\nd\n',
    2,
    [
      [0, 4, 1, 2],
      [4, 8, 3, 2],
    ],
  ],
])('%j in shards of %i lines', async (text, lines, expected) => {
  expect(places(await cuts([Buffer.from(text)], lines))).toEqual(expected);
});

test('a shard ends with the line that reaches its most bytes', async () => {
  const text = Buffer.from(`aa\nbb\n${'c'.repeat(20)}\nd\ne`);
  expect(places(await cuts([text], 100, 6))).toEqual([
    [0, 6, 1, 2],
    [6, 27, 3, 1],
    [27, 30, 4, 2],
  ]);
});

test('however the text arrives, the shards are the same and together are the text', async () => {
  const text = fc
    .array(fc.constantFrom('\n', '\r\n', 'a', 'ä', '😀', '\0'), { maxLength: 60 })
    .map((parts) => Buffer.from(parts.join('')));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 40 }),
      async (bytes, lines, size, most) => {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        const whole = await cuts([bytes], lines, most);
        expect(await cuts(chunks, lines, most)).toEqual(whole);
        let [at, line] = [0, 1];
        for (const { start, end, first, lines: count, sha256 } of whole) {
          expect([start, first]).toEqual([at, line]);
          const part = bytes.subarray(start, end);
          expect(sha256).toBe(createHash('sha256').update(part).digest('hex'));
          expect(end === bytes.length || part.at(-1) === 10).toBe(true);
          [at, line] = [end, line + count];
        }
        expect(at).toBe(bytes.length);
        const ends = bytes.toString('latin1').split('\n');
        expect(line - 1).toBe(ends.length - (ends.at(-1) === '' ? 1 : 0));
      },
    ),
  );
});
