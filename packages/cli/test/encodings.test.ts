import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

// What is in braces comes back as it is, whatever the model says.
const BYTES: [label: string, text: string, bytes: number[]][] = [
  ['latin1', '{ä–“€}', [0x7b, 0xe4, 0x96, 0x93, 0x80, 0x7d]],
  ['windows-1252', '{ß’}', [0x7b, 0xdf, 0x92, 0x7d]],
  ['ISO-8859-15', '{€Š}', [0x7b, 0xa4, 0xa6, 0x7d]],
  ['windows-1254', '{ğ€}', [0x7b, 0xf0, 0x80, 0x7d]],
  ['shift_jis', '{日}', [0x7b, 0x93, 0xfa, 0x7d]],
];

test.each(BYTES)('%s in and out', async (label, _, bytes) => {
  const model = await tinyModel();
  const [file, output] = [join(scratch(), 'a.txt'), join(scratch(), 'b.txt')];
  const lines = Uint8Array.of(...bytes, 0x0d, 0x0a, 0x0a, ...bytes);
  writeFileSync(file, lines);
  const ran = await cli(['translate', '-m', model, '-f', file, '--encoding', label, '-o', output]);
  expect(ran).toEqual({ code: 0, out: '', err: '' });
  expect([...readFileSync(output)]).toEqual([...bytes, 0x0a, 0x0a, ...bytes, 0x0a]);
});

test.each(BYTES)('%s, byte by byte', async (label, text, bytes) => {
  const chunks = [...bytes, 0x0a].map((byte) => Uint8Array.of(byte));
  const output = join(scratch(), 'b');
  await cli(['translate', '-m', await tinyModel(), '--encoding', label, '-o', output], { stdin: chunks });
  expect(iconv.decode(readFileSync(output), label === 'latin1' ? 'windows-1252' : label)).toBe(`${text}\n`);
});

test.each(['utf-16le', 'utf-16be'])('%s is known by its mark, without a flag, also byte by byte', async (name) => {
  const model = await tinyModel();
  const bytes = iconv.encode('{ä😀}\r\n\n{b}', name, { addBOM: true });
  const file = join(scratch(), 'a.txt');
  writeFileSync(file, bytes);
  expect(await cli(['translate', '-m', model, '-f', file])).toEqual({ code: 0, out: '{ä😀}\n\n{b}\n', err: '' });
  const stdin = [...bytes].map((byte) => Uint8Array.of(byte));
  expect(await cli(['translate', '-m', model], { stdin })).toMatchObject({ out: '{ä😀}\n\n{b}\n' });
  const document = join(scratch(), 'a.srt');
  writeFileSync(document, iconv.encode('1\n00:00:01,000 --> 00:00:02,000\n1234 ä\n', name, { addBOM: true }));
  expect((await cli(['translate', '-m', model, '-f', document])).out).toMatch(
    /^1\n00:00:01,000 --> 00:00:02,000\n1234/,
  );
});

test.each(['utf-16', 'utf-16be'])('%s is written with its mark', async (label) => {
  const output = join(scratch(), 'b');
  const stdin = iconv.encode('{ä}\n', label === 'utf-16' ? 'utf-16le' : label);
  await cli(['translate', '-m', await tinyModel(), '--encoding', label, '-o', output], { stdin });
  expect(iconv.decode(readFileSync(output), label, { stripBOM: false })).toBe('\ufeff{ä}\n');
});

test('short and empty input', async () => {
  const model = await tinyModel();
  for (const bytes of [[], [0xff, 0xfe], [0xef, 0xbb, 0xbf]])
    expect(await cli(['translate', '-m', model], { stdin: Uint8Array.from(bytes) })).toMatchObject({
      code: 0,
      err: '',
    });
  expect(await cli(['translate', '-m', model], { stdin: Uint8Array.of(0xff) })).toMatchObject({ code: 1 });
  expect(await cli(['translate', '-m', model], { stdin: Uint8Array.of(0xef, 0xbb) })).toMatchObject({ code: 1 });
  const half = await cli(['translate', '-m', model], { stdin: Uint8Array.of(0xff, 0xfe, 0x41) });
  expect(half).toMatchObject({ code: 1, err: expect.stringMatching(/stdin is not utf-16le/) });
});

test('an error names the flag; an unknown encoding is refused before the work begins', async () => {
  const model = await tinyModel();
  const stdin = Uint8Array.of(0x47, 0xfc, 0x0a);
  expect(await cli(['translate', '-m', model], { stdin })).toMatchObject({
    code: 1,
    err: expect.stringMatching(/stdin is not UTF-8: line 1, byte offset 1 \(0xfc\)\. .*--encoding windows-1252/),
  });
  expect(await cli(['translate', '-m', model, '--encoding', 'latin-1x'], { stdin })).toMatchObject({
    code: 2,
    err: expect.stringContaining("--encoding is 'latin-1x', which is not known. Did you mean latin1?"),
  });
  expect(await cli(['translate', 'gut', '-m', model, '--encoding', 'latin1'])).toMatchObject({ code: 2 });
});

test('what an encoding lacks is escaped if the format can, else a question mark that is counted', async () => {
  const model = await tinyModel();
  const folder = scratch();
  const [json, html, output] = ['a.jsonl', 'a.html', 'out'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const flags = ['-m', model, '--encoding', 'latin1', '-o', output];
  writeFileSync(json, '{"text":"{\\u0414😀}"}\n'.replace('😀', '\\ud83d\\ude00'));
  expect(await cli(['translate', '-f', json, ...flags])).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(readFileSync(output, 'latin1'))).toEqual({ text: '{Д😀}', translation: '{Д😀}' });
  writeFileSync(html, '<p>{&#1044;}</p>');
  expect(await cli(['translate', '-f', html, ...flags])).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(output, 'latin1')).toBe('<p>{&#1044;}</p>');
});
