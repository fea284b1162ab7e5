import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testLines } from '../test/lines.ts';
import { readLines, readParallel } from './read-lines.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read lines '));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const lines = async (content: string | Uint8Array) => collect(readLines(await file('text', content)));

describe('readLines', () => {
  it.each([
    ['', []],
    ['\n', ['']],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\n\n\nb\n', ['a', '', '', 'b']],
    ['\r\n\r', ['', '']],
    ['a\rb\u2028c\n', ['a\rb\u2028c']],
    ['\ufeffä\n\ufeffb\n', ['ä', '\ufeffb']],
  ])('reads %j', async (content, expected) => {
    expect(await lines(content)).toEqual(expected);
  });

  it('reads any lines back, whatever the chunks', async () => {
    const line = fc.string({ unit: 'binary', maxLength: 50 }).map((text) => text.replace(/[\r\n]|^\ufeff/g, ' '));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.constantFrom('\n', '\r\n'), async (texts, end) => {
        expect(await lines(texts.join(end) + end)).toEqual(texts);
      }),
      { numRuns: 50 },
    );
  });

  it('reads a line of a megabyte, and characters that lie across chunks', async () => {
    const long = 'ä😀'.repeat(200_000);
    expect(await lines(`x\n${long}\ny`)).toEqual(['x', long, 'y']);
  });

  it('names file, line and byte offset of what is not UTF-8', async () => {
    const path = await file(
      'latin1.txt',
      Buffer.concat([Buffer.from('\ufeffgut\r\nää\nM'), Buffer.from('ünchen\n', 'latin1')]),
    );
    const seen: string[] = [];
    const read = async () => {
      for await (const line of readLines(path)) seen.push(line);
    };
    await expect(read()).rejects.toMatchObject({ name: 'RingformerError', code: 'bad-text' });
    expect(seen).toEqual(['gut', 'ää']);
    await expect(read()).rejects.toThrow(`${path} is not UTF-8: line 3, byte offset 14 (0xfc)`);
    await expect(lines(Uint8Array.of(0xef, 0xbb, 0xbf, 0x0a, 0xe2, 0x82))).rejects.toThrow(
      'line 2, byte offset 4 (0xe2)',
    );
  });

  it('says why a file cannot be read', async () => {
    const missing = join(folder, 'missing');
    await expect(collect(readLines(missing))).rejects.toThrow(`${missing} cannot be read: there is no such file.`);
    await expect(collect(readLines(missing))).rejects.toMatchObject({ code: 'bad-file' });
    await expect(collect(readLines(folder))).rejects.toThrow('it is a directory');
  });

  it('stops when the signal is aborted', async () => {
    const path = await file('many', 'line\n'.repeat(100_000));
    const control = new AbortController();
    const read = async () => {
      for await (const _ of readLines(path, { signal: control.signal })) control.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });
});

describe('readParallel', () => {
  it('pairs the lines of two files', async () => {
    const [source, target] = [testLines('de'), testLines('en')];
    const pairs = readParallel(await file('a.de', source.join('\n')), await file('a.en', `${target.join('\r\n')}\r\n`));
    expect(await collect(pairs)).toEqual(source.map((line, i) => ({ source: line, target: target[i] })));
  });

  it.each([
    ['a\nb\nc\n', 'x\n', 3, 1],
    ['a\n', 'x\ny\nz', 1, 3],
    ['', 'x\n', 0, 1],
  ])('names both counts when %j and %j differ', async (left, right, leftLines, rightLines) => {
    const [source, target] = [await file('b.de', left), await file('b.en', right)];
    const all = collect(readParallel(source, target));
    await expect(all).rejects.toThrow(`${source} has ${leftLines} lines and ${target} has ${rightLines};`);
    await expect(all).rejects.toMatchObject({ code: 'bad-file' });
  });
});
