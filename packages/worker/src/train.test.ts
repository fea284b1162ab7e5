import { type Backend, RingformerError, readSafetensors } from '@ringformer/core';
import { withoutLeaks } from '@ringformer/core/testing';
import { loadClassifier } from '@ringformer/vit';
import { startWasm } from '@ringformer/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { startInThread } from '../test/in-thread.ts';
import type { LabelledImages } from './dataset.ts';
import type { Evaluation, RingWorker, TrainJob, TrainStep } from './index.ts';
import { trainClassifier } from './train.ts';

/** Squares that are bright above, below, on the left or on the right, with noise. */
function shapes(count: number): LabelledImages & { pixels: Uint8Array; labels: Uint8Array } {
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7 + (i >> 2)) % 4);
  const pixels = new Uint8Array(count * 64);
  for (let at = 0; at < pixels.length; at++) {
    const [i, y, x] = [at >> 6, (at >> 3) & 7, at & 7];
    const bright = [y < 4, y >= 4, x < 4, x >= 4][labels[i]!];
    pixels[at] = (bright ? 150 : 40) + ((Math.imul(at, 0x9e3779b1) >>> 24) % 60);
  }
  return { pixels, labels, width: 8, height: 8, channels: 1, classes: ['above', 'below', 'left', 'right'] };
}

const DATA = shapes(200);
const JOB: TrainJob = {
  data: DATA,
  model: { dim: 16, heads: 2, levels: 2, mlpDim: 32, rank: 2, ffnRank: 2, patchSize: 4, dropout: 0.1 },
  steps: 40,
  batchSize: 16,
  lr: 3e-3,
  warmup: 5,
  mixup: 0.2,
  seed: 3,
};

let backend: Backend;
let worker: RingWorker;
beforeAll(async () => {
  backend = await startWasm();
  worker = await startInThread({ start: async () => backend });
});

describe('training in a worker', () => {
  test('learns, reports progress, and returns files that loadClassifier reads', async () => {
    const steps: TrainStep[] = [];
    const evaluations: Evaluation[] = [];
    const trained = await worker.train(
      { ...JOB, steps: 120, cooldown: 20, evaluateEvery: 60 },
      { onStep: (report) => steps.push(report), onEvaluation: (report) => evaluations.push(report) },
    );
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect(evaluations.map(({ step }) => step)).toEqual([60, 120]);
    expect(trained.accuracy).toBeGreaterThan(0.9);
    expect(trained.loss).toBe(evaluations[1]?.loss);
    expect(trained.confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(20);
    const files: Record<string, Uint8Array> = { c: new TextEncoder().encode(trained.config), w: trained.weights };
    const readBytes = async (from: string | URL) => files[String(from)] as Uint8Array;
    const classifier = await loadClassifier({ config: 'c', weights: 'w' }, backend, { readBytes, threads: 1 });
    const numbers = Float32Array.from(DATA.pixels.subarray(190 * 64), (x) => x / 127.5 - 1);
    const found = await classifier.classify(numbers, { top: 1 });
    const right = found.filter(([guess], i) => guess?.index === DATA.labels[190 + i]);
    expect(right.length).toBeGreaterThan(8);
    classifier.dispose();
  });

  test('stopped anywhere and resumed, the checkpoint equals that of an uninterrupted run, bit for bit', async () => {
    const last: { bytes?: Uint8Array; step?: number } = {};
    const onCheckpoint = (bytes: Uint8Array, step: number) => void Object.assign(last, { bytes, step });
    const whole = await worker.train({ ...JOB, checkpointEvery: 16 }, { onCheckpoint });
    const unbroken = last.bytes;
    expect(last.step).toBe(40);

    const reason = new Error('the tab is closed');
    for (const stop of [7, 23]) {
      const controller = new AbortController();
      const onStep = ({ step }: TrainStep) => step === stop && controller.abort(reason);
      const job = { ...JOB, ...(stop > 7 ? { checkpoint: last.bytes as Uint8Array } : {}) };
      const broken = worker.train(job, { onCheckpoint, onStep, signal: controller.signal });
      expect(await broken.catch((error) => error)).toBe(reason);
      expect(last.step).toBeGreaterThanOrEqual(stop);
      expect(last.step).toBeLessThan(40);
    }
    const resumed = await worker.train({ ...JOB, checkpoint: last.bytes as Uint8Array }, { onCheckpoint });
    expect(last.step).toBe(40);
    expect(last.bytes).toEqual(unbroken);
    expect(resumed.weights).toEqual(whole.weights);
  });

  test('a resumed training knows its best evaluation', async () => {
    const kept: Uint8Array[] = [];
    const hooks = { onCheckpoint: (bytes: Uint8Array) => void kept.push(bytes) };
    await worker.train({ ...JOB, steps: 8, evaluateEvery: 4 }, hooks);
    await worker.train({ ...JOB, steps: 9, checkpoint: kept.at(-1) as Uint8Array }, hooks);
    const [before, after] = kept.slice(-2).map((bytes) => JSON.parse(readSafetensors(bytes).metadata.history ?? ''));
    expect(before.best.step).toBeGreaterThanOrEqual(4);
    expect(after).toEqual(before);
  });

  test('a checkpoint that the page cannot store stops training with that error', async () => {
    const full = new DOMException('No room.', 'QuotaExceededError');
    const onCheckpoint = () => Promise.reject(full);
    expect(await worker.train({ ...JOB, checkpointEvery: 5 }, { onCheckpoint }).catch((error) => error)).toBe(full);
  });

  test('settings or data other than those of the checkpoint are refused by name', async () => {
    const kept: Uint8Array[] = [];
    await worker.train({ ...JOB, steps: 2 }, { onCheckpoint: (bytes) => void kept.push(bytes) });
    const [checkpoint] = kept as [Uint8Array];
    const refused = (job: Partial<TrainJob>, error: object) =>
      expect(worker.train({ ...JOB, checkpoint, ...job })).rejects.toMatchObject(error);
    await refused({ lr: 1, seed: 4 }, { code: 'bad-argument', message: expect.stringContaining('lr, seed differ') });
    const other = { ...DATA, pixels: DATA.pixels.map((x) => x ^ 1) };
    await refused({ data: other }, { code: 'bad-argument', message: expect.stringContaining('data differ') });
    await refused({ checkpoint: checkpoint.subarray(0, 900) }, { code: 'bad-checkpoint' });
    await refused({ model: { ...JOB.model, dim: 32 } }, { code: 'bad-checkpoint' });
  });

  test('data and sizes that do not fit are refused', async () => {
    const refused = (job: Partial<TrainJob>, code: string) =>
      expect(worker.train({ ...JOB, ...job })).rejects.toMatchObject({ code });
    await refused({ data: { ...DATA, width: 9 } }, 'bad-shape');
    await refused({ data: { ...DATA, classes: ['above'] } }, 'bad-argument');
    await refused({ data: { ...DATA, width: 4, height: 16 } }, 'bad-shape');
    await refused({ data: { idxImages: Uint8Array.of(1, 2, 3), idxLabels: Uint8Array.of(1) } }, 'bad-file');
    await refused({ batchSize: 300 }, 'bad-argument');
    await refused({ steps: 0 }, 'bad-argument');
    for (const [job, message] of [
      [undefined, 'job is undefined; expected { data, steps, … }'],
      [{ ...JOB, batchsize: 4 }, "unknown option 'batchsize'. Did you mean 'batchSize'?"],
      [{ ...JOB, data: 'mnist' }, 'data is the text "mnist"; expected { pixels, width'],
      [{ ...JOB, data: {} }, 'data.pixels is undefined; expected a Uint8Array'],
      [{ ...JOB, data: { ...DATA, labels: [0, 1] } }, 'data.labels is an array; expected a Uint8Array'],
      [{ ...JOB, data: { ...DATA, classes: undefined } }, 'data.classes is undefined; expected an array of names'],
      [{ ...JOB, lr: 'fast' }, 'lr is the text "fast"; expected a number of at least 0'],
      [{ ...JOB, lr: Number.NaN }, 'lr is NaN'],
      [{ ...JOB, smoothing: 2 }, 'smoothing is 2; expected a number of at least 0 and below 1'],
      [{ ...JOB, warmup: 'x' }, 'warmup is the text "x"; expected a whole number of at least 0'],
      [{ ...JOB, evaluateEvery: 0 }, 'evaluateEvery is 0; expected a whole number of at least 1'],
      [{ ...JOB, model: 'tiny' }, 'model is the text "tiny"'],
      [{ ...JOB, transform: {} }, 'transform is an object with no fields; expected { train, test }'],
      [{ ...JOB, checkpoint: 'x' }, 'checkpoint is the text "x"'],
    ] as const) {
      await expect(trainClassifier(backend, job as never)).rejects.toMatchObject({
        code: 'bad-argument',
        message: expect.stringContaining(message),
      });
    }
    await expect(trainClassifier(backend, JOB, { onStep: 3 } as never)).rejects.toThrow('onStep is the number 3');
    await refused({ model: { ...JOB.model, patchSize: 3 } }, 'bad-config');
    const lame = await startInThread({ start: async () => ({ ...backend, trains: false }) });
    await expect(lame.train(JOB)).rejects.toMatchObject({ code: 'no-backend' });
    lame.terminate();
  });
});

test('however training ends, no tensor is left', () =>
  withoutLeaks(async () => {
    await trainClassifier(backend, { ...JOB, steps: 3 });
    const controller = new AbortController();
    const onStep = () => controller.abort(new Error('enough'));
    await expect(trainClassifier(backend, JOB, { onStep }, controller.signal)).rejects.toThrow('enough');
    const diverging = trainClassifier(backend, { ...JOB, lr: 1e30, warmup: 0 });
    await expect(diverging).rejects.toThrow(RingformerError);
  }));

test('IDX files are data as well', async () => {
  const header = (...numbers: number[]) => numbers.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  const data: LabelledImages = {
    idxImages: Uint8Array.from([...header(0x803, 200, 8, 8), ...DATA.pixels]),
    idxLabels: Uint8Array.from([...header(0x801, 200), ...DATA.labels]),
    classes: ['above', 'below', 'left', 'right'],
  };
  const ofIdx = await trainClassifier(backend, { ...JOB, steps: 3, data });
  const ofPixels = await trainClassifier(backend, { ...JOB, steps: 3 });
  expect(ofIdx.weights).toEqual(ofPixels.weights);
});
