import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { type Pool, startPool } from '../src/index.ts';

// Threads start from the built package: Node.js 20 cannot read TypeScript.
const built = existsSync(new URL('../dist/thread.js', import.meta.url));
const script = new URL('./upper-case.mjs', import.meta.url);

async function pool(size: number, data?: unknown): Promise<Pool> {
  if (!built) throw new Error('This test runs the built package. Build it first: npm run build');
  const made = await startPool(script, data, size);
  onTestFinished(() => made.end());
  return made;
}

const piece = (text: string) => ({ shard: 0, name: 'text', first: 1, start: 0, lines: 1, bytes: Buffer.from(text) });
const said = ({ output }: { output: Uint8Array }) => Buffer.from(output).toString();

test('computes more pieces than it has threads, and reports progress', async () => {
  const { run } = await pool(2);
  const progress: number[] = [];
  const texts = Array.from({ length: 9 }, (_, i) => `text ${i}`);
  const results = await Promise.all(
    texts.map((text) => run(piece(text), { onProgress: (lines) => void progress.push(lines) })),
  );
  expect(results.map(said)).toEqual(texts.map((text) => text.toUpperCase()));
  expect(progress).toEqual(texts.map(() => 1));
});

test('an error keeps its code and costs nothing else; a thread that ends is replaced', async () => {
  const { run } = await pool(1);
  const results = await Promise.allSettled(['a', 'fail', 'b', 'exit', 'c'].map((text) => run(piece(text))));
  expect(results).toMatchObject([
    { status: 'fulfilled' },
    { reason: { code: 'bad-text', message: 'It says fail.' } },
    { status: 'fulfilled' },
    { reason: { code: 'lost', message: expect.stringContaining('it ended with code 7') } },
    { status: 'fulfilled' },
  ]);
});

test('a thread that never answers is ended by the signal, with its reason', async () => {
  const { run } = await pool(1);
  const controller = new AbortController();
  const blocked = run(piece('block'), { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await expect(blocked).rejects.toThrow('enough');
  expect(said(await run(piece('a')))).toBe('A');
  await expect(run(piece('a'), { signal: controller.signal })).rejects.toThrow('enough');
});

test('threads that are stopped while they load end at once', async () => {
  const stopper = new AbortController();
  const started = startPool(script, 'slow', 2, { signal: stopper.signal });
  stopper.abort(new Error('stopped'));
  await expect(started).rejects.toThrow('stopped');
  await expect(startPool(script, undefined, 1, { signal: stopper.signal })).rejects.toThrow('stopped');
});

test('what keeps the threads from computing is thrown', async () => {
  await expect(pool(2, 'broken')).rejects.toThrow('No model here.');
  await expect(startPool(new URL('./none.mjs', import.meta.url), undefined, 1)).rejects.toMatchObject({ code: 'lost' });
});
