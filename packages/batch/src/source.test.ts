import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { folderStore } from './folder-store.ts';
import { inStore, readRange } from './source.ts';
import type { Range } from './storage.ts';

const TEXT = 'eins\nzwei\ndrei\n'.repeat(10_000);

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'batch source '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function read(uri: string, range: Range = {}, folder = scratch()): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of readRange(uri, folderStore(folder), range)) parts.push(part);
  return Buffer.concat(parts).toString();
}

const RANGES: readonly Range[] = [
  {},
  { start: 5, end: 10 },
  { start: 70_000, end: 140_001 },
  { start: 149_990 },
  { end: 1 },
  { start: 3, end: 3 },
];

test.each(RANGES)('a part of a file, plain and compressed: %j', async (range) => {
  const folder = scratch();
  const path = join(folder, 'text');
  writeFileSync(path, TEXT);
  writeFileSync(`${path}.gz`, gzipSync(TEXT));
  const expected = TEXT.slice(range.start, range.end);
  expect(await read(path, range)).toBe(expected);
  expect(await read(pathToFileURL(path).href, range)).toBe(expected);
  expect(await read(`${path}.gz`, range)).toBe(expected);
  expect(await read(inStore('text'), range, folder)).toBe(expected);
});

test('a part of a file on the web, if its server sends parts', async () => {
  const server = createServer((request, response) => {
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (request.url === '/gone') return response.writeHead(404).end();
    if (start === undefined || request.url === '/whole') return response.end(TEXT);
    return response.writeHead(206).end(TEXT.slice(Number(start), end ? Number(end) + 1 : undefined));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  for (const range of RANGES) expect(await read(`${url}/text`, range)).toBe(TEXT.slice(range.start, range.end));
  await expect(read(`${url}/whole`, { start: 5 })).rejects.toThrow(/its server sends no parts of files/);
  await expect(read(`${url}/gone`)).rejects.toThrow(/gone cannot be read: its server answered 404/);
  await expect(read('http://127.0.0.1:1/x')).rejects.toThrow(/cannot be read: /);
});

test('says why a file cannot be read', async () => {
  const folder = scratch();
  await expect(read(join(folder, 'none'))).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringMatching(/none cannot be read: there is no such file/),
  });
  await expect(read(folder)).rejects.toThrow(/is not a file\. Workers read it again/);
  const broken = join(folder, 'text.gz');
  writeFileSync(broken, gzipSync(TEXT).subarray(0, 100));
  await expect(read(broken)).rejects.toThrow(/text\.gz cannot be read: unexpected end of file/);
  writeFileSync(broken, TEXT);
  await expect(read(broken)).rejects.toThrow(/text\.gz cannot be read: incorrect header check/);
});
