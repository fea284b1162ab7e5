import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBytes } from './read.ts';

describe('readBytes', () => {
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_, i) => i % 251);
  let folder = '';
  let file = '';
  const server = createServer((request, response) => {
    if (request.url === '/file') response.setHeader('content-length', bytes.length).end(bytes);
    else if (request.url === '/slow') response.write('x');
    else response.writeHead(404).end();
  });
  let origin = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringformer read-'));
    file = join(folder, 'some file.bin');
    await writeFile(file, bytes);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  test('paths, file URLs, addresses and data URLs', async () => {
    for (const from of [
      file,
      pathToFileURL(file),
      pathToFileURL(file).href,
      `${origin}/file`,
      new URL(`${origin}/file`),
    ]) {
      expect(Buffer.compare(await readBytes(from), bytes)).toBe(0);
    }
    expect([...(await readBytes('data:application/octet-stream;base64,AQID'))]).toEqual([1, 2, 3]);
  });

  test('an address of another kind, and a server that is not there', async () => {
    for (const from of [new URL('ftp://example.org/x'), new URL('foo://bar')]) {
      await expect(readBytes(from)).rejects.toMatchObject({
        code: 'bad-file',
        message: expect.stringContaining('expected a path, or an address that begins with file:, http:'),
      });
    }
    await expect(readBytes('http://127.0.0.1:1/x')).rejects.toThrow('fetch failed (bad port)');
  });

  test('reports its progress, up to the whole', async () => {
    for (const from of [file, `${origin}/file`]) {
      const seen: { loaded: number; total?: number }[] = [];
      await readBytes(from, { onProgress: (progress) => seen.push(progress) });
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.at(-1)).toEqual({ loaded: bytes.length, total: bytes.length });
    }
  });

  test('stops when the signal is aborted, with its reason', async () => {
    for (const from of [file, `${origin}/slow`]) {
      const controller = new AbortController();
      const onProgress = () => controller.abort(new Error('enough'));
      await expect(readBytes(from, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
      await expect(readBytes(from, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    }
  });

  test('says what cannot be read', async () => {
    const refused = (from: string, message: RegExp) =>
      expect(readBytes(from)).rejects.toMatchObject({ code: 'bad-file', message });
    await refused(join(folder, 'none'), /there is no such file/);
    await refused(folder, /not a file/);
    await refused(`${origin}/none`, /answered 404/);
    await refused('http://127.0.0.1:1/', /Cannot read/);
  });
});
