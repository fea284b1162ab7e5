import { readFileSync } from 'node:fs';
import type { Backend } from '@ringformer/core';
import { startWasm } from '@ringformer/wasm';
import { afterEach, expect, test } from 'vitest';
import { startServer } from '../test/faulty-server.ts';
import { startInThread } from '../test/in-thread.ts';

// A stand-in for a GPU that is lost: wasm under another name, which reports after a few checks that it is gone. The browser
// tests of @ringformer/web (start.browser.ts, start-webgpu.browser.ts) lose a real one in Chromium.

const SOURCE = 'Wo ist der Bahnhof?';
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Backends of which the first `lives` are lost, each after `questions` checks. */
function losing(lives: number, questions: number) {
  let starts = 0;
  return {
    starts: () => starts,
    start: async () => {
      const mortal = starts++ < lives;
      let asked = 0;
      const isLost = () => mortal && ++asked > questions;
      return { ...(await startWasm()), name: 'webgl', isLost, lost: Promise.resolve('it fell') } as Backend;
    },
  };
}

async function opened(gpu: ReturnType<typeof losing>) {
  const names = ['model.json', 'config.json', 'model.safetensors', 'tokenizer.json'];
  const folder = new URL('../../model-de-en/model/', import.meta.url);
  const server = await startServer(
    Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, folder))])),
  );
  const worker = await startInThread({ start: gpu.start });
  closing.push(
    () => worker.terminate(),
    () => server.close(),
  );
  const translator = await worker.loadTranslator(server.at('model.json'), { cache: false, engine: 'tfjs' });
  return { worker, translator };
}

test('a model in a worker is loaded again if its GPU is lost, and the call is retried once', async () => {
  const whole = await (await opened(losing(0, 0))).translator.translate(SOURCE, { beams: 1 });
  for (const questions of [1, 2]) {
    const gpu = losing(1, questions);
    const { translator } = await opened(gpu);
    expect(await translator.translate(SOURCE, { beams: 1 })).toBe(whole);
    expect(gpu.starts()).toBe(2);
  }
  await expect(opened(losing(9, 0))).rejects.toMatchObject({
    code: 'lost',
    message: expect.stringContaining('lost twice during one call'),
  });
});

test('a stream continues where it was when its GPU is lost', async () => {
  const whole: string[] = [];
  for await (const piece of (await opened(losing(0, 0))).translator.stream(SOURCE)) whole.push(piece);
  expect(whole.length).toBeGreaterThan(3);
  const gpu = losing(1, 6);
  const found: string[] = [];
  for await (const piece of (await opened(gpu)).translator.stream(SOURCE)) found.push(piece);
  expect(found).toEqual(whole);
  expect(gpu.starts()).toBe(2);
});

test('training ends if its GPU is lost, and resumes from the last checkpoint to the same bits', async () => {
  const pixels = Uint8Array.from({ length: 60 * 64 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 24) & 255);
  const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 2);
  const job = {
    data: { pixels, labels, width: 8, height: 8, channels: 1 as const, classes: ['odd', 'even'] },
    model: { dim: 8, heads: 2, levels: 2, mlpDim: 8, rank: 2, ffnRank: 2 },
    steps: 12,
    batchSize: 8,
    checkpointEvery: 4,
  };
  const train = async (gpu: ReturnType<typeof losing>, checkpoint?: Uint8Array<ArrayBuffer>) => {
    const worker = await startInThread({ start: gpu.start });
    closing.push(() => worker.terminate());
    const kept: [number, Uint8Array<ArrayBuffer>][] = [];
    const onCheckpoint = (bytes: Uint8Array<ArrayBuffer>, step: number) => void kept.push([step, bytes]);
    const ended = await worker
      .train({ ...job, ...(checkpoint ? { checkpoint } : {}) }, { onCheckpoint })
      .catch((error: unknown) => error);
    return { ended, kept };
  };
  const whole = (await train(losing(0, 0))).ended as { weights: Uint8Array };
  const { ended, kept } = await train(losing(1, 8));
  expect(ended).toMatchObject({ code: 'lost', message: expect.stringContaining('The last checkpoint is still good') });
  const [step, checkpoint] = kept.at(-1) as (typeof kept)[number];
  expect([4, 8]).toContain(step);
  const rest = (await train(losing(0, 0), checkpoint)).ended as { weights: Uint8Array };
  expect(rest.weights).toEqual(whole.weights);
});
