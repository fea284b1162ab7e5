import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readConfig,
  readWeights,
  ringFormer,
  loadTranslator as startTensors,
  type Translator,
} from '@ringformer/seq2seq';
import { loadTranslator } from '@ringformer/seq2seq/engine';
import { tatoeba } from '@ringformer/test-tools/golden-files';
import { startWasm } from '@ringformer/test-tools/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import model from '../../model-de-en/src/index.ts';
import { exportSeq2seq } from '../src/index.ts';
import { startOnnx } from '../src/run/index.ts';

const LINES = readFileSync(tatoeba('devtest.de'), 'utf8').trim().split('\n').slice(0, 200);

let translator: Translator;
beforeAll(async () => {
  translator = await loadTranslator(model, await startOnnx({ threads: 1 }));
});
afterAll(() => translator.dispose());

describe('the packaged model', () => {
  let tensors: Translator;
  beforeAll(async () => {
    tensors = await startTensors(model, await startWasm(), { engine: 'tfjs' });
  });
  afterAll(() => tensors.dispose());

  test('says what TensorFlow.js says: 200 sentences, greedy', async () => {
    expect(translator.engine).toBe('onnx');
    const wanted = await tensors.translateBatch(LINES, { beams: 1 });
    expect(await translator.translateBatch(LINES, { beams: 1 })).toEqual(wanted);
    expect(new Set(wanted).size).toBeGreaterThan(190);
  });

  test('with beam 4 too, including its scores', async () => {
    const few = LINES.slice(0, 40);
    const wanted = await tensors.translateBatch(few);
    expect(await translator.translateBatch(few)).toEqual(wanted);
    const [found, reference] = [await translator.nBest(LINES[7] as string), await tensors.nBest(LINES[7] as string)];
    expect(found.map(({ text }) => text)).toEqual(reference.map(({ text }) => text));
    found.forEach(({ score }, i) => expect(score).toBeCloseTo(reference[i]?.score as number, 4));
  });

  test('and with fewer levels', async () => {
    const options = { beams: 1, levels: { encoder: 2, decoder: 1 } };
    const few = LINES.slice(0, 20);
    const found = await translator.translateBatch(few, options);
    expect(found).toEqual(await tensors.translateBatch(few, options));
    expect(found).not.toEqual(await translator.translateBatch(few, { beams: 1 }));
  });
});

test('streams what it translates, and stops when the signal is aborted', async () => {
  const text = LINES[3] as string;
  const pieces: string[] = [];
  for await (const piece of translator.stream(text)) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join('')).toBe(await translator.translate(text, { beams: 1 }));

  const stop = new AbortController();
  const reason = new Error('enough');
  const seen: number[] = [];
  const work = translator.translateBatch(LINES, {
    batchSize: 2,
    signal: stop.signal,
    onProgress: ({ done }) => {
      seen.push(done);
      if (done === 4) stop.abort(reason);
    },
  });
  await expect(work).rejects.toBe(reason);
  expect(seen).toEqual([2, 4]);
});

describe('exported graphs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringformer '));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string) => join(folder, name);
  const files = {
    config: model.config,
    tokenizer: model.tokenizer,
    encoder: file('encoder.onnx'),
    decoder: file('decoder.onnx'),
  };
  beforeAll(() => {
    const config = readConfig(readFileSync(model.config, 'utf8'));
    const { encoder, decoder } = exportSeq2seq(config, readWeights(config, readFileSync(model.weights)), ringFormer);
    writeFileSync(files.encoder, Buffer.concat(encoder));
    writeFileSync(files.decoder, Buffer.concat(decoder));
  });

  test('translate as the model itself does', async () => {
    const few = LINES.slice(0, 10);
    const onnx = await startOnnx({ threads: 1 });
    const graphs = await loadTranslator(files, onnx);
    expect(await graphs.translateBatch(few)).toEqual(await translator.translateBatch(few));
    await expect(graphs.translate('Guten Tag.', { levels: 1 })).rejects.toThrow('passes 2 levels; got levels 1');
    graphs.dispose();
    await expect(graphs.translate('Guten Tag.')).rejects.toMatchObject({ code: 'bad-argument' });
    await expect(loadTranslator({ ...files, decoder: file('none.onnx') }, onnx)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining('none.onnx: there is no such file'),
    });
  });

  test('are only for ONNX Runtime', async () => {
    const wasm = await startWasm();
    await expect(startTensors(files, wasm)).rejects.toMatchObject({ code: 'no-backend' });
    await expect(startTensors(files, wasm, { engine: 'tfjs' })).rejects.toThrow('TensorFlow.js cannot run');
    await expect(startTensors(model, wasm, { engine: 'onnx' })).rejects.toThrow(
      "'wasm' has no onnx engine: use startOnnx",
    );
  });
});
