import { expect, test } from 'vitest';
import type { OnnxRuntime, OnnxSession } from './runtime.ts';
import { byDepth, openSession, type Session } from './session.ts';

/** A runtime whose runs end on request. */
function fake() {
  const ends: (() => void)[] = [];
  let released = 0;
  const session: OnnxSession = {
    inputNames: ['x'],
    outputNames: ['y'],
    run: () => new Promise((resolve) => ends.push(() => resolve({}))),
    release: async () => void released++,
  };
  const runtime = { Tensor: class {}, InferenceSession: { create: async () => session } } as unknown as OnnxRuntime;
  return { runtime, ends, released: () => released };
}

test('memory is released once, when the last run has ended', async () => {
  const { runtime, ends, released } = fake();
  const session = await openSession({ runtime }, 'graph', new Uint8Array());
  const runs = [session.run({}), session.run({})];
  session.end();
  session.end();
  expect(released()).toBe(0);
  ends[0]?.();
  await runs[0];
  expect(released()).toBe(0);
  ends[1]?.();
  await runs[1];
  expect(released()).toBe(1);
  await expect(session.run({})).rejects.toMatchObject({ code: 'bad-argument' });
});

test('a Git LFS pointer in place of a graph is called so', async () => {
  const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:00ff\nsize 9\n');
  await expect(openSession({ runtime: fake().runtime }, 'encoder', pointer)).rejects.toMatchObject({
    code: 'bad-file',
    message: '[ringformer/onnx] encoder.onnx is a Git LFS pointer, not the file itself. Run: git lfs pull.',
  });
});

test('each depth is opened once, and again after a failure; all end', async () => {
  const asked: number[] = [];
  let ended = 0;
  const depths = byDepth(async (levels) => {
    asked.push(levels);
    if (asked.length === 1) throw new Error('not yet');
    return { end: () => ended++ } as unknown as Session;
  });
  await expect(depths.at(2)).rejects.toThrow('not yet');
  expect(await depths.at(2)).toBe(await depths.at(2));
  await depths.at(3);
  expect(asked).toEqual([2, 2, 3]);
  depths.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(2);
});
