import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  createManifest,
  findManifest,
  joinOutput,
  makeManifest,
  openStore,
  type Pool,
  readDone,
  workSlice,
} from './index.ts';

const pool: Pool = {
  size: 1,
  run: async ({ bytes, lines }) => ({ output: Buffer.from(bytes).map((byte) => byte), lines, bad: 0, notes: [] }),
  async end() {},
};

async function setting(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'batch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const input = join(folder, 'input');
  const store = await openStore(join(folder, 'run'));
  const submit = async (content: string) => {
    writeFileSync(input, content);
    return makeManifest({}, [input], store, { lines: 2 });
  };
  const manifest = await submit(text);
  await createManifest(store, manifest);
  return { input, store, manifest, submit };
}

const work = (run: Pick<Parameters<typeof workSlice>[0], 'manifest' | 'store'>) =>
  workSlice({ ...run, pool, index: 0, count: 1, attempts: 1 });

async function joined(run: Parameters<typeof joinOutput>[0]): Promise<string> {
  const parts: Uint8Array[] = [];
  await joinOutput(run, async (bytes) => void parts.push(bytes));
  return Buffer.concat(parts).toString();
}

test('output of another run, whose manifest was deleted, is never taken for that of this one', async () => {
  const { store, manifest, submit } = await setting('a\nb\nc\n');
  expect(await work({ manifest, store })).toEqual({ state: 'done', failed: 0 });
  expect(await joined({ manifest, store })).toBe('a\nb\nc\n');
  await store.remove('manifest.jsonl');
  const other = await submit('x\ny\nz\n');
  await expect(createManifest(store, other)).rejects.toThrow(/done\/000000\d\.json is a record of another run/);
  await expect(joined({ manifest: other, store })).rejects.toThrow('is a record of another run');
  expect((await work({ manifest: other, store })).state).toBe('done'); // by their names
  const same = await submit('a\nb\nc\n');
  expect(await createManifest(store, same)).toBe(true);
  expect(await joined({ manifest: same, store })).toBe('a\nb\nc\n');
});

test('a manifest in which one digit is another is damaged', async () => {
  const { store } = await setting('a\nb\nc\n');
  const text = Buffer.from((await store.read('manifest.jsonl')) ?? []).toString();
  const changes: readonly [string, string][] = [
    ['"lines":3', '"lines":4'],
    ['"start":4', '"start":2'],
    ['"first":3', '"first":2'],
    ['"task":{}', '"task":{"task":"classify"}'],
    ['"inputs":[', '"inputs":[{},'],
    ['"id":"', '"id":"/'],
  ];
  for (const [before, after] of changes) {
    expect(text).toContain(before);
    await store.write('manifest.jsonl', text.replace(before, after));
    await expect(findManifest(store)).rejects.toThrow(/manifest\.jsonl is damaged\. Restore it, or delete it/);
  }
});

test('a record that is cut off is named, with what to do', async () => {
  const { store, manifest } = await setting('a\n');
  await work({ manifest, store });
  for (const content of ['', '{"shard":', '[]', 'null']) {
    await store.write('done/0000000.json', content);
    await expect(readDone({ manifest, store }, 0)).rejects.toThrow(
      /done\/0000000\.json is damaged: .* Delete it and submit/,
    );
  }
  await store.remove('done/0000000.json');
  expect(await work({ manifest, store })).toEqual({ state: 'done', failed: 0 });
});

test('of a line that is too long only the beginning is kept; large shards are whole', async () => {
  const { input, store } = await setting('');
  const long = 'x'.repeat(3 * 2 ** 20);
  const lines = Array.from({ length: 8 }, (_, i) => `${i}${'y'.repeat(2 ** 20 - 1)}`);
  writeFileSync(input, `a\n${long}\nb\n${lines.join('\n')}\nc\n${long}`);
  const manifest = await makeManifest({ large: true }, [input], store, { lines: 100, bytes: 64 * 2 ** 20 });
  expect(manifest.shards).toHaveLength(1);
  expect(await work({ manifest, store })).toEqual({ state: 'done', failed: 0 });
  const clipped = 'x'.repeat(2 ** 20);
  const expected = ['a', clipped, 'b', ...lines, 'c', clipped];
  expect((await joined({ manifest, store })).split('\n').map(({ length }) => length)).toEqual(
    expected.map(({ length }) => length),
  );
  expect(await joined({ manifest, store })).toBe(expected.join('\n'));
}, 30_000);

test('an input that has grown has changed', async () => {
  const { input, store, manifest } = await setting('a\nb\nc');
  appendFileSync(input, 'd\ne\n');
  const failures: string[] = [];
  const ended = await workSlice({
    manifest,
    store,
    pool,
    index: 0,
    count: 1,
    attempts: 3,
    onFailure: (shard, { message }) => void failures.push(`${shard.shard}: ${message}`),
  });
  expect(ended).toEqual({ state: 'failed', failed: 1 });
  expect(failures).toEqual([
    expect.stringMatching(/^1: .*input has changed since the run was submitted: input, line 3/),
  ]);
});

test('what is half-written may be removed at any moment', async () => {
  const { store } = await setting('');
  const names = Array.from({ length: 50 }, (_, i) => `output/${i}`);
  for (const name of names)
    expect(await Promise.all([store.create(name, name), store.tidy()])).toEqual([true, undefined]);
  for (const name of names) expect(Buffer.from((await store.read(name)) ?? []).toString()).toBe(name);
});
