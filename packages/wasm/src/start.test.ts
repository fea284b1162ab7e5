import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { guardMemory, type WasmBackend } from './heap.ts';
import { startWasm } from './start.ts';

describe('startWasm', () => {
  test('says what is missing where there is no SIMD', async () => {
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    await expect(startWasm()).rejects.toMatchObject({ code: 'no-backend', message: /no WebAssembly SIMD/ });
    validate.mockRestore();
  });

  test('started twice is started once', async () => {
    const first = await startWasm();
    expect(first).toMatchObject({ name: 'wasm', trains: true });
    const backend = tf.backend();
    const kernel = tf.getKernel(tf.BatchMatMul, 'wasm');
    await startWasm();
    expect(tf.backend()).toBe(backend);
    expect(tf.getKernel(tf.BatchMatMul, 'wasm')).toBe(kernel);
    expect(tf.getBackend()).toBe('wasm');
  });

  test('gradients are registered', () => {
    const grad = tf.grads((a, b) => tf.sum(tf.mul(tf.matMul(a, b), tf.exp(tf.transpose(a)))));
    const shapes = tf.tidy(() => grad([tf.ones([2, 2]), tf.ones([2, 2])]).map((x) => x.shape));
    expect(shapes).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  test('memory that cannot be had is an error, not a wrong result', async () => {
    await startWasm();
    const before = tf.memory().numTensors;
    // 6 GiB: the size overflows the allocator's 32 bits
    expect(() => tf.tidy(() => tf.matMul(tf.ones([40_000, 1]), tf.ones([1, 40_000])))).toThrow(/Out of memory/);
    expect(() => tf.tidy(() => tf.add(tf.ones([40_000, 1]), tf.ones([1, 40_000])))).toThrow(/Out of memory/);
    expect(tf.memory().numTensors).toBe(before);
    // the backend still works
    expect([...tf.tidy(() => tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])).dataSync())]).toEqual([2]);
  });
});

test('an allocator that returns 0 is out of memory; nothing wanted is not', () => {
  const wasm = { _malloc: () => 0, _free: () => {}, HEAPU8: new Uint8Array(0) };
  const backend = { wasm } as unknown as WasmBackend;
  guardMemory(backend);
  expect(() => backend.wasm._malloc(8)).toThrow(
    expect.objectContaining({
      code: 'out-of-memory',
      message: expect.stringMatching(/Out of memory: cannot allocate 8 bytes/),
    }),
  );
  expect(backend.wasm._malloc(0)).toBe(0);
});

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
    folder = await mkdtemp(join(tmpdir(), 'ringformer wasm-'));
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
    const { readBytes } = await startWasm();
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

  test('tells its progress, up to the whole', async () => {
    const { readBytes } = await startWasm();
    for (const from of [file, `${origin}/file`]) {
      const seen: { loaded: number; total?: number }[] = [];
      await readBytes(from, { onProgress: (progress) => seen.push(progress) });
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.at(-1)).toEqual({ loaded: bytes.length, total: bytes.length });
    }
  });

  test('stops when the signal says so, with its reason', async () => {
    const { readBytes } = await startWasm();
    for (const from of [file, `${origin}/slow`]) {
      const controller = new AbortController();
      const onProgress = () => controller.abort(new Error('enough'));
      await expect(readBytes(from, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
      await expect(readBytes(from, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    }
  });

  test('says what cannot be read', async () => {
    const { readBytes } = await startWasm();
    const refused = (from: string, message: RegExp) =>
      expect(readBytes(from)).rejects.toMatchObject({ code: 'bad-file', message });
    await refused(join(folder, 'none'), /there is no such file/);
    await refused(folder, /not a file/);
    await refused(`${origin}/none`, /answered 404/);
    await refused('http://127.0.0.1:1/', /Cannot read/);
  });
});
