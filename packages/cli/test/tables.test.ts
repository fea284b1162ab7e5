import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, scratch, tinyModel } from './cli.ts';

// What is in braces comes back as it is, whatever the model says.
const FAST = ['--beam', '1', '--max-length', '3'];

async function translated(name: string, content: string | Uint8Array, ...flags: string[]) {
  const folder = scratch();
  const [file, output] = [join(folder, name), join(folder, 'out')];
  writeFileSync(file, content);
  const ran = await cli(['translate', '-m', await tinyModel(), ...FAST, '-f', file, '-o', output, ...flags]);
  return { ...ran, written: ran.code === 0 ? readFileSync(output) : Buffer.alloc(0) };
}

test('a column of a table; the others, the header and the quotes stay', async () => {
  const source = 'id;text;note\r\n1;"{a}";"gut ""x"""\r\n2;gut Morgen gut;gut\r\n';
  const { err, written } = await translated('a.csv', source, '--column', 'text');
  expect(err).toBe('');
  expect(written.toString()).toMatch(/^id;text;note\r\n1;"\{a\}";"gut ""x"""\r\n2;[^;]+;gut\r\n$/);
  expect(written.toString()).not.toBe(source);
});

test('from a pipe, by number, without a header, in another encoding', async () => {
  const stdin = Buffer.from('{ä}\tgut\ngut\t{ö}\n', 'latin1');
  const flags = ['--format', 'tsv', '--column', '2', '--no-header', '--encoding', 'latin1'];
  const folder = scratch();
  const output = join(folder, 'out');
  const ran = await cli(['translate', '-m', await tinyModel(), ...FAST, ...flags, '-o', output], { stdin });
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(output, 'latin1')).toMatch(/^\{ä\}\t[^\t\n]+\ngut\t\{ö\}\n$/);
});

test.each([
  ['a.csv', [], 'a.csv is a table. Say which columns to translate: --column with id, text, or a number from 1 to 2.'],
  ['a.csv', ['--column', 'Text'], 'a.csv has no column Text. Did you mean text?'],
  ['a.csv', ['--column', 'text', '--json'], 'a.csv is read as csv, not as lines of text: --json cannot be used.'],
  ['a.txt', ['--column', 'text'], '--column is for tables'],
  ['a.md', ['--no-header'], '--no-header is for tables'],
])('%s with %j is refused', async (name, flags, message) => {
  expect(await translated(name, 'id,text\n1,gut\n', ...flags)).toMatchObject({
    code: 2,
    err: expect.stringContaining(message),
  });
});

test('--format text translates a table line by line; an empty table is empty', async () => {
  expect((await translated('a.csv', '{a}\n{b}\n', '--format', 'text')).written.toString()).toBe('{a}\n{b}\n');
  expect((await translated('a.csv', '', '--column', 'text')).written.toString()).toBe('');
});
