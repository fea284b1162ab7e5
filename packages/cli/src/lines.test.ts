import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineGroups, MAX_LINE_BYTES } from './lines.ts';

async function read(chunks: Uint8Array[]): Promise<{ texts: string[]; firsts: number[] }> {
  const texts: string[] = [];
  const firsts: number[] = [];
  const stream = (async function* () {
    yield* chunks;
  })();
  for await (const group of lineGroups(stream, 'stdin')) {
    firsts.push(group.first);
    expect(group.first).toBe(texts.length + 1);
    texts.push(...group.texts);
  }
  return { texts, firsts };
}

/** Cuts bytes at random places. */
const cut = (bytes: Uint8Array, places: number[]) => {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
};

test('lines are the same wherever the stream is cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]|^\ufeff/.test(text));
  const ends = fc.constantFrom('\n', '\r\n');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(line, ends)), fc.array(fc.nat()), async (lines, places) => {
      const bytes = Buffer.from(lines.flat().join(''));
      const { texts } = await read(cut(bytes, places));
      expect(texts).toEqual(lines.map(([text]) => text));
    }),
  );
});

test('the last line may end without a line feed; a byte order mark is dropped', async () => {
  expect((await read([Buffer.from('\ufeffa\n\nb')])).texts).toEqual(['a', '', 'b']);
  expect((await read([])).texts).toEqual([]);
});

test('the lines that one read completes arrive at once', async () => {
  const { firsts } = await read([Buffer.from('a\nb\nc'), Buffer.from('d'), Buffer.from('\ne\n')]);
  expect(firsts).toEqual([1, 3]);
});

test.for<[string, number[], string]>([
  ['a stray byte', [0x61, 0x0a, 0xe2, 0x82, 0xac, 0xff], 'line 2, byte offset 5 (0xff)'],
  ['a character cut short', [0xc3, 0xa4, 0xe2, 0x82, 0x0a], 'line 1, byte offset 2 (0xe2)'],
  ['an overlong form', [0x0a, 0x0a, 0xc0, 0x80, 0x0a], 'line 3, byte offset 2 (0xc0)'],
  ['after a replacement character', [0xef, 0xbf, 0xbd, 0x80], 'line 1, byte offset 3 (0x80)'],
])('the error names the place of %s', async ([, bytes, place]) => {
  for (const places of [[], [1], [2, 4], [1, 2, 3, 4, 5]]) {
    await expect(read(cut(Uint8Array.from(bytes), places))).rejects.toThrow(place);
  }
});

test('a line may have MAX_LINE_BYTES; a longer one is refused before it is read to its end', async () => {
  const longest = Buffer.from(`${'x'.repeat(MAX_LINE_BYTES)}\n`);
  expect((await read([longest])).texts).toHaveLength(1);
  await expect(read([Buffer.concat([Buffer.from('x'), longest])])).rejects.toThrow(/line 1 .* longer than 65536/);
  const endless = (async function* () {
    for (;;) yield Buffer.alloc(4096, 'x');
  })();
  await expect(lineGroups(endless, 'stdin').next()).rejects.toThrow(/longer than 65536/);
});

test('lines that cannot be used keep their places, wherever the stream is cut, and are reported', async () => {
  const long = 'x'.repeat(MAX_LINE_BYTES + 1);
  const lines = ['a', long, 'b', 'M\xfcnchen', '', `${long}${long}\xff`, 'c\r', long];
  const bytes = Buffer.from(lines.join('\n'), 'latin1');
  const expected = ['a', '', 'b', '', '', '', 'c', ''];
  for (const size of [1000, 65_536, 65_537, bytes.length]) {
    const bad: [number, string][] = [];
    const onBad = (line: number, why: string) => void bad.push([line, why]);
    const texts: string[] = [];
    const stream = (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })();
    for await (const group of lineGroups(stream, 'text', { first: 11, offset: 100, onBad })) {
      expect(group.first).toBe(11 + texts.length);
      texts.push(...group.texts);
    }
    expect(texts).toEqual(expected);
    expect(bad).toEqual([
      [12, expect.stringMatching(/^text, line 12 \(byte offset 102\) is longer than 65536 bytes/)],
      [14, expect.stringMatching(/^text is not UTF-8: line 14, byte offset 65643 \(0xfc\)/)],
      [16, expect.stringMatching(/^text, line 16 .* is longer/)],
      [18, expect.stringMatching(/^text, line 18 .* is longer/)],
    ]);
  }
});
