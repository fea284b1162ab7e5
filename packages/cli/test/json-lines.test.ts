import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

const FAST = ['--backend', 'cpu', '--beam', '1', '--max-length', '3'];

async function translated(lines: readonly (string | Uint8Array)[], ...flags: string[]): Promise<string[]> {
  const file = join(scratch(), 'texts.jsonl');
  const bytes = lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]);
  writeFileSync(file, Buffer.concat(bytes));
  const { code, out, err } = await cli(['translate', '-m', await tinyModel(), ...FAST, '-f', file, ...flags]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.split('\n').slice(0, -1);
}

test('the same members, byte for byte, and the translation after them', async () => {
  const lines = [
    '{"id":"a","text":"{x}"}',
    '  { "id" : 12345678901234567890, "text":"{y}" , "n": 1.0, "text2": null }  ',
    '{"text":"{z}","translation":"old","id":1}',
    '{"text":""}',
  ];
  expect(await translated(lines)).toEqual([
    '{"id":"a","text":"{x}","translation":"{x}"}',
    '  { "id" : 12345678901234567890, "text":"{y}" , "n": 1.0, "text2": null,"translation":"{y}"}',
    '{"text":"{z}","translation":"{z}","id":1}',
    '{"text":"","translation":""}',
  ]);
});

test('a bad line keeps its place and says why; its neighbours are translated', async () => {
  const lines = [
    '{"text":"{a}"}',
    '{"text":',
    '[1]',
    '{"id":2}',
    '{"text":3,"id":3}',
    '{}',
    '',
    '"x"',
    '{"text":"{b}"}',
  ];
  const found = await translated(lines);
  expect(found).toHaveLength(9);
  expect(JSON.parse(found[0] as string)).toMatchObject({ translation: '{a}' });
  expect(JSON.parse(found[8] as string)).toMatchObject({ translation: '{b}' });
  expect(found[6]).toBe('');
  expect(JSON.parse(found[1] as string)).toEqual({ error: expect.stringMatching(/not JSON/) });
  expect(JSON.parse(found[2] as string)).toEqual({ error: expect.stringMatching(/Expected an object/) });
  expect(JSON.parse(found[3] as string)).toEqual({ id: 2, error: 'Expected a text in "text", got none.' });
  expect(JSON.parse(found[4] as string)).toEqual({ text: 3, id: 3, error: expect.stringMatching(/got the number 3/) });
  expect(JSON.parse(found[5] as string)).toEqual({ error: expect.stringMatching(/got none/) });
  expect(JSON.parse(found[7] as string)).toEqual({ error: expect.stringMatching(/Expected an object/) });
});

test('bytes that are not UTF-8 and lines that are too long are bad lines too', async () => {
  const lines = [Uint8Array.of(0x7b, 0xff, 0x7d), `{"text":"${'x'.repeat(9 * 2 ** 20)}"}`, '{"text":"{b}"}'];
  const found = (await translated(lines)).map((line) => JSON.parse(line));
  expect(found[0]).toEqual({ error: expect.stringMatching(/line 1, byte offset 1/) });
  expect(found[1]).toEqual({ error: expect.stringMatching(/line 2 .*longer than/) });
  expect(found[2]).toMatchObject({ translation: '{b}' });
});

test('with --strict, a text that is too long is the only one that fails', async () => {
  const lines = ['{"text":"gut"}', `{"text":"${'x'.repeat(300)}","id":7}`, '{"text":"Morgen"}'];
  const found = (await translated(lines, '--strict')).map((line) => JSON.parse(line));
  expect(found[0]).toHaveProperty('translation');
  expect(found[1]).toMatchObject({ id: 7, error: expect.stringMatching(/too long/) });
  expect(found[1]).not.toHaveProperty('translation');
  expect(found[2]).toHaveProperty('translation');
});

test('--json adds what it adds elsewhere; --n-best is refused', async () => {
  const [line] = await translated(['{"text":"gut"}'], '--json');
  expect(JSON.parse(line as string)).toMatchObject({ text: 'gut', confidence: expect.any(Number) });
  const file = join(scratch(), 'a.ndjson');
  writeFileSync(file, '{"text":"gut"}\n');
  const refused = await cli(['translate', '-m', await tinyModel(), '-f', file, '--n-best', '2']);
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/--n-best cannot be used/) });
});

test('from a pipe with --format; many lines stay in order', async () => {
  const lines = Array.from({ length: 700 }, (_, i) => (i % 9 === 0 ? 'no' : `{"id":${i},"text":"{${i}}"}`));
  const output = join(scratch(), 'out.jsonl');
  const flags = ['-m', await tinyModel(), ...FAST, '--format', 'jsonl', '-o', output];
  expect(await cli(['translate', ...flags], { stdin: lines.join('\n') })).toMatchObject({ code: 0 });
  const found = readFileSync(output, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(found).toHaveLength(700);
  for (const [i, item] of found.entries())
    expect(item).toEqual(
      i % 9 === 0 ? { error: expect.any(String) } : { id: i, text: `{${i}}`, translation: `{${i}}` },
    );
});
