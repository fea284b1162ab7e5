import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Fault, startServer } from '../../test/faulty-server.ts';
import { mapCache } from '../../test/map-cache.ts';
import { type Manifest, type OpenOptions, openModel } from './index.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const numbers = (count: number, seed = 1) =>
  Uint8Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8) + seed) & 255);
const WEIGHTS = numbers(300_000);
const CONFIG = '{"dim": 8}';

const manifestOf = (files: Record<string, Uint8Array | string>): Manifest => ({
  format: 'ringformer-files/1',
  files: Object.fromEntries(
    Object.entries(files).map(([role, bytes]) => [role, { name: role, size: bytes.length, sha256: sha256(bytes) }]),
  ),
});

type Fixture = { weights?: Uint8Array; fault?: (path: string, count: number) => Fault | undefined };
let close = () => {};
afterEach(() => close());

/** A model on a server that misbehaves, opened with all reports collected. */
async function setUp({ weights = WEIGHTS, fault }: Fixture = {}) {
  const model = { config: CONFIG, weights };
  const server = await startServer({ ...model, 'model.json': JSON.stringify(manifestOf(model)) }, fault);
  close = server.close;
  const store = mapCache();
  const progress: { loaded: number; total: number }[] = [];
  const warnings: string[] = [];
  const open = (options: OpenOptions<string> = {}) =>
    openModel(server.at('model.json'), {
      cache: store.cache,
      retry: { times: 2, delay: 1 },
      onProgress: (bytes) => progress.push(bytes),
      onWarning: (message) => warnings.push(message),
      ...options,
    });
  const askedFor = (path: string) => server.asked.filter((one) => one.path === path);
  return { server, store, progress, warnings, open, askedFor };
}

const weightsOf = async (model: Awaited<ReturnType<typeof openModel>>) =>
  sha256(await model.readBytes(model.files.weights as string));

describe('a good server', () => {
  test('files are read with progress over all of them, stored, and read again without a connection', async () => {
    const { server, store, progress, warnings, open, askedFor } = await setUp();
    const model = await open();
    expect(model.fresh).toBe(true);
    expect(model.kept).toBe(true);
    expect(new TextDecoder().decode(await model.readBytes(model.files.config as string))).toBe(CONFIG);
    expect(await weightsOf(model)).toBe(sha256(WEIGHTS));
    const total = WEIGHTS.length + CONFIG.length;
    expect(progress.at(-1)).toEqual({ loaded: total, total });
    expect(progress.map(({ loaded }) => loaded)).toEqual(
      progress.map(({ loaded }) => loaded).toSorted((a, b) => a - b),
    );
    expect(store.keys()).toEqual(
      [`files/${sha256(WEIGHTS)}`, `files/${sha256(CONFIG)}`, 'manifests'].map((key) => key.slice(0, 11)).sort(),
    );

    server.close();
    progress.length = 0;
    const again = await open();
    expect(again.fresh).toBe(false);
    expect(await weightsOf(again)).toBe(sha256(WEIGHTS));
    expect(progress.at(-1)).toEqual({ loaded: total, total });
    expect(askedFor('weights')).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test('a model package whose addresses a bundler moved, and only the requested roles', async () => {
    const { server, store, askedFor } = await setUp();
    const manifest = `data:application/json,${encodeURIComponent(JSON.stringify(manifestOf({ config: CONFIG, weights: WEIGHTS })))}`;
    server.state.files = { 'assets/w-1f.bin': WEIGHTS };
    const at = {
      manifest,
      config: `data:,${encodeURIComponent(CONFIG)}`,
      weights: new URL(server.at('assets/w-1f.bin')),
    };
    const model = await openModel(at, { cache: store.cache });
    expect(await weightsOf(model)).toBe(sha256(WEIGHTS));
    expect(model.files).not.toHaveProperty('manifest');
    const one = await openModel(server.at('model.json'), { roles: ['config'], cache: false }).catch((error) => error);
    expect(one).toMatchObject({ code: 'bad-file', message: expect.stringContaining('404') });
    expect((await openModel(at, { roles: ['config'], cache: false })).files).toEqual({ config: at.config });
    expect(askedFor('assets/w-1f.bin')).toHaveLength(1);
  });

  test('a new version replaces the old one', async () => {
    const { server, store, open } = await setUp();
    await open();
    const newer = numbers(1000, 5);
    server.state.files = {
      config: CONFIG,
      weights: newer,
      'model.json': JSON.stringify(manifestOf({ config: CONFIG, weights: newer })),
    };
    expect(await weightsOf(await open())).toBe(sha256(newer));
    expect([...store.entries.keys()].some((key) => key.includes(sha256(WEIGHTS)))).toBe(false);
    expect(store.entries.size).toBe(3);
  });

  test('readBytes reads only this model, reports progress and can be stopped', async () => {
    const { open } = await setUp();
    const model = await open();
    const seen: unknown[] = [];
    await model.readBytes(model.files.config as string, { onProgress: (bytes) => seen.push(bytes) });
    expect(seen).toEqual([{ loaded: CONFIG.length, total: CONFIG.length }]);
    await expect(model.readBytes('http://elsewhere/')).rejects.toMatchObject({ code: 'bad-file' });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(model.readBytes(model.files.config as string, { signal })).rejects.toThrow('enough');
  });
});

describe('a connection that breaks', () => {
  test('resumes where it broke, but only for the same file (If-Range)', async () => {
    const { open, askedFor, progress } = await setUp({
      fault: (path, count) => (path === 'weights' && count < 2 ? { cut: 100_000 } : undefined),
    });
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    const [first, second, third] = askedFor('weights');
    expect(first?.range).toBeUndefined();
    expect(second).toMatchObject({ range: expect.stringMatching(/^bytes=[1-9]\d*-$/), ifRange: '"one"' });
    expect(third?.range).not.toBe(second?.range);
    const loaded = progress.map(({ loaded }) => loaded);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
  });

  test('a server without Range sends the whole file again, and progress never decreases', async () => {
    const { open, askedFor, progress } = await setUp({
      fault: (path, count) => (path === 'weights' ? (count === 0 ? { cut: 100_000 } : { whole: true }) : undefined),
    });
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(askedFor('weights')).toHaveLength(2);
    const loaded = progress.map(({ loaded }) => loaded);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
  });

  test('a server without Range that breaks off at varying points is given up in the end', async () => {
    const { open, askedFor } = await setUp({
      fault: (path, count) => (path === 'weights' ? { whole: true, cut: count % 2 ? 60_000 : 200_000 } : undefined),
    });
    const given = AbortSignal.timeout(10_000);
    await expect(open({ signal: given })).rejects.toMatchObject({ code: 'offline' });
    expect(askedFor('weights').length).toBeLessThan(8);
  });

  test('a file that changed meanwhile is not pieced together', async () => {
    const other = numbers(WEIGHTS.length, 9);
    const { server, open } = await setUp({
      fault: (path, count) => {
        if (path !== 'weights') return undefined;
        return count === 0 ? { cut: 100_000, bytes: other, etag: '"old"' } : undefined;
      },
    });
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(server.asked.filter(({ ifRange }) => ifRange === '"old"')).toHaveLength(1);
  });

  test('pieces of two versions, if the server sends no ETag, are thrown away and everything is fetched again', async () => {
    const other = numbers(WEIGHTS.length, 9);
    const { askedFor, open } = await setUp({
      fault: (path, count) => {
        if (path !== 'weights') return undefined;
        return count === 0 ? { cut: 100_000, bytes: other, etag: 'W/"weak"' } : { etag: 'W/"weak"' };
      },
    });
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(askedFor('weights').map(({ range, ifRange }) => [range !== undefined, ifRange])).toEqual([
      [false, undefined],
      [true, undefined],
      [false, undefined],
    ]);
  });

  test('for good: offline, and the next call resumes with what has arrived', async () => {
    let down = true;
    const { open, askedFor, store } = await setUp({
      fault: (path, count) => (path === 'weights' && down ? { cut: count === 0 ? 100_000 : 0 } : undefined),
    });
    const message = expect.stringMatching(/[1-9]\d* of 300000 bytes arrived, then: .*resumes from there/);
    await expect(open()).rejects.toMatchObject({ code: 'offline', message });
    expect(store.keys()).toContain(`parts/${sha256(WEIGHTS).slice(0, 5)}`);
    const before = askedFor('weights').length;
    expect(before).toBe(4); // the first, and three that brought no bytes
    down = false;
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(askedFor('weights')[before]?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(store.entries.size).toBe(3);
  });

  test('from the start: offline says so, whether nothing is stored or only one file is missing', async () => {
    const { server, open } = await setUp();
    server.close();
    await expect(open()).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringContaining('There is no stored copy'),
    });
  });

  test('a server in trouble (503) is asked again', async () => {
    const { open, askedFor } = await setUp({
      fault: (path, count) => (path === 'weights' && count < 2 ? { status: 503 } : undefined),
    });
    await open();
    expect(askedFor('weights')).toHaveLength(3);
  });

  test('a connection that falls silent is dropped and resumed', async () => {
    const { open, askedFor } = await setUp({
      fault: (path, count) => (path === 'weights' && count === 0 ? { hang: 100_000 } : undefined),
    });
    const retry = { times: 2, delay: 1, stall: 200 };
    expect(await weightsOf(await open({ retry }))).toBe(sha256(WEIGHTS));
    expect(askedFor('weights').map(({ range }) => range !== undefined)).toEqual([false, true]);
    close();
    const silent = await setUp({ fault: (path) => (path === 'weights' ? { hang: 0 } : undefined) });
    await expect(silent.open({ retry })).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringContaining('nothing came for 0.2 s'),
    });
    close();
    const mute = await setUp({ fault: (path) => (path === 'model.json' ? { hang: 0 } : undefined) });
    await expect(mute.open({ retry })).rejects.toMatchObject({ code: 'offline' });
  });

  test('aborted: throws the reason and stores what has arrived', async () => {
    const { open, store } = await setUp({ fault: (path) => (path === 'weights' ? { hang: 100_000 } : undefined) });
    const controller = new AbortController();
    const onProgress = ({ loaded }: { loaded: number }) => {
      if (loaded > 50_000) controller.abort(new Error('enough'));
    };
    await expect(open({ signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(store.keys()).toContain(`parts/${sha256(WEIGHTS).slice(0, 5)}`);
    await expect(open({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });
});

describe('a file that does not match the manifest', () => {
  const cases: [string, Fault, string][] = [
    ['is missing', { status: 404 }, 'the server answered 404'],
    [
      'is cut short, and its length says so',
      { bytes: WEIGHTS.subarray(0, 1000) },
      'has 1000 bytes, but the manifest says 300000',
    ],
    ['is cut short without a length', { bytes: WEIGHTS.subarray(0, 1000), end: 1000 }, 'ends before the 300000 bytes'],
    [
      'is cut short by a server without Range',
      { end: 1000, whole: true },
      'is cut short: 1000 of 300000 bytes arrived',
    ],
    ['is longer', { bytes: numbers(300_001) }, 'has 300001 bytes'],
    ['is longer without a length', { bytes: numbers(300_001), end: 300_001 }, 'has more than the 300000 bytes'],
    ['holds other bytes', { bytes: numbers(300_000, 2) }, `got ${sha256(numbers(300_000, 2))}`],
  ];
  test.each(cases)('%s', async (_, fault, says) => {
    const { open, store, server } = await setUp({ fault: (path) => (path === 'weights' ? fault : undefined) });
    await expect(open()).rejects.toMatchObject({ code: 'bad-file', message: expect.stringContaining(says) });
    const kept = [...store.entries.keys()];
    expect(kept.some((key) => key.includes(sha256(WEIGHTS)))).toBe(false);
    server.state.fault = () => undefined; // uploaded again
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
  });

  test('a wrong file once, as from an HTTP cache, is fetched again', async () => {
    const { open, askedFor } = await setUp({
      fault: (path, count) => (path === 'weights' && count === 0 ? { bytes: numbers(300_000, 2) } : undefined),
    });
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(askedFor('weights')).toHaveLength(2);
  });

  test.each([
    ['not found', undefined, 'answered 404'],
    ['no JSON', '{ "format":', 'not JSON'],
    ['a web page', '<!doctype html>', 'web page'],
    ['another JSON', '{"name": "x"}', "expected format 'ringformer-files/1', got undefined"],
    ['no files', '{"format": "ringformer-files/1", "files": {}}', 'lists no files'],
    ['no hash', '{"format": "ringformer-files/1", "files": {"a": {"name": "a", "size": 1}}}', "the sha256 of 'a'"],
  ])('a manifest that is %s', async (_, manifest, says) => {
    const { server, open } = await setUp();
    server.state.files = manifest === undefined ? {} : { 'model.json': manifest };
    await expect(open()).rejects.toMatchObject({ code: 'bad-file', message: expect.stringContaining(says) });
  });

  test('another kind of model, and addresses that cannot be fetched, are refused', async () => {
    const { open } = await setUp();
    const message = expect.stringContaining("has no 'tokenizer'; the manifest lists config, weights");
    await expect(open({ roles: ['config', 'tokenizer'] })).rejects.toMatchObject({ code: 'bad-file', message });
    for (const at of ['file:///model.json', 'model.json', 'C:\\model.json']) {
      await expect(openModel(at, { cache: false })).rejects.toMatchObject({ code: 'bad-argument' });
    }
  });
});

describe('stored files', () => {
  test('that are damaged are removed and fetched again, with a warning', async () => {
    const { store, warnings, open, askedFor } = await setUp();
    await open();
    const key = [...store.entries.keys()].find((key) => key.includes(sha256(WEIGHTS))) as string;
    const entry = store.entries.get(key) as { body: ArrayBuffer };
    new Uint8Array(entry.body)[7] = 99;
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(warnings).toEqual([expect.stringContaining('The stored copy of weights is damaged')]);
    expect(askedFor('weights')).toHaveLength(2);
    expect(await weightsOf(await open())).toBe(sha256(WEIGHTS));
    expect(askedFor('weights')).toHaveLength(2);
  });

  test('full storage stops nothing: the model works, is not stored, and there is a warning', async () => {
    const { store, warnings, open } = await setUp();
    store.state.full = true;
    const model = await open();
    expect(model.kept).toBe(false);
    expect(await weightsOf(model)).toBe(sha256(WEIGHTS));
    expect(warnings).toContainEqual(
      expect.stringMatching(/weights \(300000 bytes\) is not stored: this site's storage is full/),
    );
  });

  test('without Cache Storage, as in Node.js, there is a warning, by default on the console', async () => {
    const { open } = await setUp();
    const told = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect((await open({ cache: 'ringformer-models', onWarning: undefined })).kept).toBe(false);
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('Cache Storage is missing here'));
    told.mockRestore();
  });

  test('a cache that cannot be read is skipped', async () => {
    const { warnings, open, store } = await setUp();
    const broken = { ...store.cache, match: () => Promise.reject(new Error('disk')) };
    expect(await weightsOf(await open({ cache: broken }))).toBe(sha256(WEIGHTS));
    expect(warnings[0]).toContain('Error: disk');
  });
});

test('without crypto.subtle, as on plain http, hashes are the same', async () => {
  const { sha256: digest } = await import('./digest.ts');
  const expected = await digest(WEIGHTS);
  vi.stubGlobal('crypto', {});
  expect(await digest(WEIGHTS)).toBe(expected);
  vi.unstubAllGlobals();
  expect(expected).toBe(sha256(WEIGHTS));
});
