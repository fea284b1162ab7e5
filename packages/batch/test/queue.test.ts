import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, withoutRedis } from '@ringformer/test-tools/redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  cancel,
  connectRedis,
  createManifest,
  emptyQueue,
  type Manifest,
  makeManifest,
  openQueue,
  openStore,
  type Pool,
  type QueueWorkOptions,
  queueShards,
  runStatus,
  type Store,
  workQueue,
} from '../src/index.ts';

/** Computes in this thread what `compute` makes of a text. */
function poolOf(compute: (text: string, signal?: AbortSignal) => Promise<string> = async (text) => text): Pool {
  return {
    size: 1,
    async run({ bytes, lines }, { signal } = {}) {
      const output = await compute(Buffer.from(bytes).toString(), signal);
      return { output: Buffer.from(output), lines, bad: 0, notes: [] };
    },
    async end() {},
  };
}

/** Computes nothing until `go`, unless it is stopped. */
function gate() {
  let go = () => {};
  let begun = () => {};
  const open = new Promise<void>((resolve) => (go = resolve));
  const entered = new Promise<void>((resolve) => (begun = resolve));
  const pool = poolOf(async (text, signal) => {
    begun();
    await Promise.race([
      open,
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    ]);
    return text;
  });
  return { pool, go, entered };
}

async function setting(text = 'eins\nzwei\ndrei\n', flags: readonly string[] = []) {
  const server = await startRedis(undefined, flags);
  onTestFinished(() => server.remove());
  const folder = mkdtempSync(join(tmpdir(), 'batch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const input = join(folder, 'input');
  writeFileSync(input, text);
  const store = await openStore(join(folder, 'run'));
  const manifest = await makeManifest({}, [input], store, { lines: 1 });
  await createManifest(store, manifest);
  const redis = await connectRedis({ url: server.url });
  onTestFinished(() => redis.disconnect());
  const queue = openQueue(manifest, redis);
  const submit = (to: Store = store, attempts = 2) => queueShards(queue, { manifest, store: to }, { attempts });
  return { server, store, manifest, redis, queue, submit, run: { manifest, store, redis, lostAfter: 1 } };
}

/** A worker, and what it has said about what is in its way. */
function worker(options: Omit<QueueWorkOptions, 'onTrouble' | 'pool'> & { readonly pool?: Pool }) {
  const troubles: string[] = [];
  let tell = () => {};
  const troubled = new Promise<void>((resolve) => (tell = resolve));
  const ended = workQueue({
    pool: poolOf(),
    ...options,
    onTrouble(why) {
      troubles.push(why);
      tell();
    },
  });
  return { ended, troubles, troubled };
}

const withStore = (store: Store, changes: Partial<Store>): Store => ({ ...store, ...changes });
const shardsLeft = async ({
  queue,
  manifest,
  store,
}: {
  queue: ReturnType<typeof openQueue>;
  manifest: Manifest;
  store: Store;
}) => (await runStatus(manifest, store, queue)).queue?.waiting;

describe.skipIf(withoutRedis)(`the queue${withoutRedis ? `, skipped: ${withoutRedis}` : ''}`, () => {
  test('a store that takes nothing, not even the record of a failure, ends the run as failed, with the reason', async () => {
    const { store, manifest, submit, run, queue } = await setting();
    await submit();
    const full = withStore(store, {
      write: (name) => Promise.reject(new Error(`Cannot write ${name}: the disk is full.`)),
    });
    expect(await worker({ ...run, store: full }).ended).toEqual({ state: 'failed', failed: 3 });
    const status = await runStatus(manifest, store, queue);
    expect(status).toMatchObject({ state: 'failed', shards: { done: 0, failed: 3 } });
    expect(status.failed[0]).toMatchObject({
      error: expect.stringContaining('the disk is full'),
      place: 'input, line 1',
    });
    expect(await submit()).toBe(3);
    expect(await worker(run).ended).toEqual({ state: 'done', failed: 0 });
  }, 60_000);

  test('a store that can’t be read for a moment is asked again', async () => {
    const { store, submit, run } = await setting();
    await submit();
    let refusals = 1;
    const shaky = withStore(store, {
      list(folder) {
        if (refusals-- > 0) throw new Error('The store is busy.');
        return store.list(folder);
      },
    });
    const { ended, troubles } = worker({ ...run, store: shaky });
    expect(await ended).toEqual({ state: 'done', failed: 0 });
    expect(troubles).toEqual(['The store is busy. Trying again.']);
  }, 60_000);

  test('a server without memory is reported, and the work goes on when it has some', async () => {
    const { store, manifest, submit, run, redis, queue } = await setting();
    await submit();
    await redis.config('SET', 'maxmemory', '1');
    await expect(submit()).rejects.toThrow(/OOM|maxmemory/);
    const { ended, troubles, troubled } = worker(run);
    await troubled;
    expect(troubles).toEqual([
      expect.stringMatching(
        /^Redis refuses: OOM command not allowed[^\n]*maxmemory'\. Its memory is full: [^\n]*\. Trying again\.$/,
      ),
    ]);
    await redis.config('SET', 'maxmemory', '0');
    expect(await ended).toEqual({ state: 'done', failed: 0 });
    expect((await runStatus(manifest, store, queue)).state).toBe('done');
  }, 60_000);

  test('a run that is cancelled now and submitted at once loses nothing', async () => {
    const { store, submit, run, queue } = await setting('eins\n');
    await submit();
    const { pool, entered } = gate();
    const first = worker({ ...run, pool });
    await entered;
    await cancel(store, { now: true });
    await emptyQueue(queue);
    const again = first.ended.then(() => worker(run).ended);
    // The first worker sees that it is cancelled, and before its shard is back the run is submitted again.
    const give = store.remove;
    await submit(withStore(store, { remove: async (name) => (name === 'cancelled.json' ? undefined : give(name)) }));
    expect(await first.ended).toMatchObject({ state: 'cancelled' });
    await store.remove('cancelled.json');
    expect(await again).toEqual(expect.objectContaining({ state: expect.stringMatching(/done|cancelled/) }));
    if (!(await store.read('done/0000000.json'))) expect(await worker(run).ended).toEqual({ state: 'done', failed: 0 });
  }, 60_000);

  test('a worker that finishes its shards after a cancellation drops them if it is cancelled now; a new one takes none', async () => {
    const { store, manifest, submit, run, queue } = await setting();
    await submit();
    const { pool, entered } = gate();
    const { ended } = worker({ ...run, pool });
    await entered;
    await cancel(store, { now: false });
    await emptyQueue(queue);
    await new Promise((resolve) => setTimeout(resolve, 3500)); // it has seen that
    await cancel(store, { now: true });
    expect(await ended).toEqual({ state: 'cancelled', failed: 0 });
    expect(await shardsLeft({ queue, manifest, store })).toBe(1);
    const started: number[] = [];
    expect(await workQueue({ ...run, pool: poolOf(), onStart: ({ shard }) => void started.push(shard) })).toEqual({
      state: 'cancelled',
      failed: 0,
    });
    expect(started).toEqual([]);
  }, 60_000);

  test('a worker ends when all is done, also if Redis is gone by then', async () => {
    const { server, store, manifest, submit, run } = await setting('eins\n');
    await submit();
    const { pool, go, entered } = gate();
    const { ended } = worker({ ...run, pool });
    await entered;
    await server.kill();
    go();
    expect(await ended).toEqual({ state: 'done', failed: 0 });
    expect((await runStatus(manifest, store)).state).toBe('done');
  }, 60_000);

  test('workers that are stopped use up no attempts', async () => {
    const { submit, run } = await setting('eins\n');
    await submit();
    for (let stop = 0; stop < 4; stop++) {
      const { pool, entered } = gate();
      const stopper = new AbortController();
      const { ended } = worker({ ...run, pool, signal: stopper.signal });
      await entered;
      stopper.abort(new Error('stopped'));
      await expect(ended).rejects.toThrow('stopped');
    }
    expect(await worker(run).ended).toEqual({ state: 'done', failed: 0 });
  }, 60_000);

  test('a worker whose lock is lost while it computes commits nothing twice', async () => {
    const { store, submit, run, redis, queue } = await setting('eins\n');
    await submit();
    const { pool, go, entered } = gate();
    const how: string[] = [];
    const slow = workQueue({ ...run, pool, onDone: (_, what) => void how.push(what) });
    await entered;
    const [lock = ''] = await redis.keys('*:lock');
    const jobs = await queue.getActive();
    expect(jobs).toHaveLength(1);
    const losing = setInterval(() => void redis.del(lock), 50); // its process sleeps
    const fast = poolOf(async (text) => text.toUpperCase()); // what no two workers should do
    await workQueue({ ...run, pool: fast, onDone: () => clearInterval(losing) });
    go();
    expect(await slow).toEqual({ state: 'done', failed: 0 });
    expect(how.join()).toMatch(/^(there)?$/);
    const outputs: string[] = [];
    for await (const name of store.list('output'))
      outputs.push(Buffer.from((await store.read(`output/${name}`)) ?? []).toString());
    expect(outputs).toEqual(['EINS\n']);
  }, 60_000);

  test('what a server has lost of jobs, it may lose: their names say which shards they are', async () => {
    const { store, manifest, submit, run, redis, queue } = await setting();
    await submit();
    const jobs = await redis.keys(`*:${manifest.id}-[12]-*`);
    expect(jobs).toHaveLength(2);
    await redis.del(...jobs); // as eviction does
    await queue.add('shard', {} as never, { jobId: 'of-another-run' });
    expect(await worker(run).ended).toEqual({ state: 'done', failed: 0 });
    expect(await runStatus(manifest, store, queue)).toMatchObject({ state: 'done', failed: [] });
    const failed: string[] = [];
    for await (const name of store.list('failed')) failed.push(name);
    expect(failed).toEqual([]);
  }, 60_000);

  test('what a server says about itself', async () => {
    const { server } = await setting(undefined, ['--maxmemory-policy', 'allkeys-lru']);
    const said: string[] = [];
    const redis = await connectRedis({ url: server.url, onConnection: (message) => void said.push(message) });
    redis.disconnect();
    expect(said).toEqual([
      expect.stringMatching(/throws keys away when its memory is full \(maxmemory-policy allkeys-lru\)/),
    ]);
    await expect(connectRedis({ url: `${server.url}/99` })).rejects.toThrow('has no database 99');
    await expect(connectRedis({ url: 'redis://me:1/geheim@host' })).rejects.toThrow(/Characters such as/);
    await expect(connectRedis({ url: 'redis://me:1/geheim@host' })).rejects.not.toThrow(/geheim/);
  }, 60_000);
});
