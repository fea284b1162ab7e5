import { disposeTree, treeToRaw } from '@ringformer/core';
import type { Raw } from '@ringformer/core/base';
import { expectClose } from '@ringformer/core/testing';
import {
  type Architecture,
  beamSearch,
  greedySearch,
  type Hypothesis,
  ringFormer,
  type Seq2seqConfig,
  tensorDecoding,
} from '@ringformer/seq2seq';
import type { Decoding, EngineSeq2seq, Levels } from '@ringformer/seq2seq/engine';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { architectures, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exportSeq2seq } from '../src/index.ts';
import { type OnnxRuntime, startOnnx } from '../src/run/index.ts';

beforeAll(startCpu);
const models: EngineSeq2seq[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

async function openModel(config: Seq2seqConfig, weights: Record<string, Raw>): Promise<EngineSeq2seq> {
  const { engine } = await startOnnx({ threads: 1 });
  const model = await engine.seq2seq(config, weights, architectures[config.architecture] as Architecture);
  models.push(model);
  return model;
}

/** Log-probabilities [rows v] of the next step, by id. */
async function nextLogProbs(decoding: Decoding, tokens: number[], vocabulary: number): Promise<number[]> {
  const { ids, logProbs } = await decoding.step(tokens, vocabulary);
  const found: number[] = Array(ids.length);
  ids.forEach((id, i) => (found[Math.floor(i / vocabulary) * vocabulary + id] = logProbs[i]!));
  return found;
}

const SOURCE = [
  [1, 5, 6, 7, 2],
  [1, 8, 2],
  [1, 3, 4, 9, 10, 6, 2],
  [1, 10, 10, 3, 2],
];
const LIMITS = [9, 4, 11, 7]; // sentences leave one by one

const searches: [string, number, (decoding: Decoding) => Promise<Hypothesis[][]>][] = [
  [
    'greedy',
    1,
    async (decoding) => (await greedySearch(decoding, { startId: 1, endId: 2, limits: LIMITS })).map((one) => [one]),
  ],
  ...[2, 3].map((beams): [string, number, (decoding: Decoding) => Promise<Hypothesis[][]>] => [
    `beam ${beams}`,
    beams,
    (decoding) => beamSearch(decoding, { beams, startId: 1, endId: 2, limits: LIMITS, lengthPenalty: 0.6 }),
  ]),
];

describe('the same hypotheses as by the operations of TensorFlow.js', () => {
  const variants: [Partial<Seq2seqConfig>, Levels?][] = [
    ...Object.keys(architectures).map((architecture): [Partial<Seq2seqConfig>] => [{ architecture }]),
    ...Object.keys(architectures).map((architecture): [Partial<Seq2seqConfig>, Levels] => [
      { architecture },
      { encoder: 1, decoder: 2 },
    ]),
    [{ tie: 'all', scaleEmbedding: true, bias: false, positions: 'learned' }],
  ];
  test.each(variants)('%j, levels %j', async (given, levels = {}) => {
    for (const seed of [1, 2, 3]) {
      const model = tinyModelOf(given, seed);
      const opened = await openModel(model.config, await treeToRaw(model.params));
      for (const [, beams, search] of searches) {
        const options = { rows: beams * SOURCE.length, banned: [0, 1], levels };
        const wanted = await search(tensorDecoding(model, SOURCE, options));
        const found = await search(opened.open(SOURCE, options));
        expect(found.map((each) => each.map(({ tokens }) => tokens))).toEqual(
          wanted.map((each) => each.map(({ tokens }) => tokens)),
        );
        const scores = (all: Hypothesis[][]) => all.flatMap((each) => each.map(({ score }) => score));
        await expectClose(scores(found), scores(wanted), { atol: 1e-4 });
        if (beams > 1) continue;
        const bare = await search(opened.open(SOURCE, { ...options, scores: false }));
        expect(bare.map(([one]) => one?.tokens)).toEqual(wanted.map(([one]) => one?.tokens));
        expect(scores(bare).every(Number.isNaN)).toBe(true);
      }
      disposeTree(model.params);
    }
  });
});

test('a sentence decodes the same by itself as among others, and rows are what select makes them', async () => {
  const model = tinyModelOf({}, 4);
  const opened = await openModel(model.config, await treeToRaw(model.params));
  disposeTree(model.params);
  const all = opened.open(SOURCE, { rows: 8 });
  await all.step([1, 1, 1, 1], 1);
  all.select([0, 0, 1, 1, 2, 2, 3, 3]); // two hypotheses per sentence
  await all.step([4, 5, 6, 7, 8, 9, 3, 4], 1);
  all.select([5, 4, 7, 7], [2, 3]); // the last two sentences stay, the first of them with its rows swapped
  const found = await nextLogProbs(all, [4, 4, 5, 5], 11);
  all.select([0, 1, 0, 1], [0]); // as many rows, of one sentence
  found.push(...(await nextLogProbs(all, [3, 3, 6, 6], 11)));
  const alone = async (sentence: number, tokens: number[]) => {
    const decoding = opened.open([SOURCE[sentence] as number[]], { rows: 1 });
    for (const token of tokens.slice(0, -1)) await decoding.step([token], 1);
    return nextLogProbs(decoding, tokens.slice(-1), 11);
  };
  const wanted = [await alone(2, [1, 9, 4]), await alone(2, [1, 8, 4]), await alone(3, [1, 4, 5])];
  wanted.push(wanted[2] as number[]);
  for (const token of [3, 6]) wanted.push(await alone(2, [1, 9, 4, token]), await alone(2, [1, 8, 4, token]));
  await expectClose(found, wanted.flat(), { atol: 1e-5 });
});

describe('refused', () => {
  const tiny = async () => {
    const model = tinyModelOf({});
    const weights = await treeToRaw(model.params);
    disposeTree(model.params);
    return { config: model.config, weights };
  };
  const error = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) });

  test('a runtime that is not installed, is not a runtime, or lacks what is requested', async () => {
    const none = 'onnxruntime-none' as 'onnxruntime-node';
    await expect(startOnnx({ runtime: none })).rejects.toEqual(
      error('no-backend', 'onnxruntime-none is not installed; it is optional. Install it next to'),
    );
    await expect(startOnnx({ runtime: {} as OnnxRuntime })).rejects.toEqual(error('no-backend', 'is not ONNX Runtime'));
    await expect(startOnnx({ threads: 0 })).rejects.toEqual(error('bad-argument', 'threads is 0'));
    for (const executionProviders of [['abacus'], ['cpu', 'abacus'], ['abacus', 'cpu'], [{ name: 'abacus' }, 'cpu']]) {
      const started = startOnnx({ executionProviders });
      await expect(started).rejects.toEqual(error('no-backend', 'cannot run choice.onnx on abacus'));
      await expect(started).rejects.toThrow(/This build supports .*cpu/);
    }
  });

  test('other precisions, unknown ids, missing levels and positions, and what was disposed', async () => {
    const { config, weights } = await tiny();
    const { engine } = await startOnnx({ threads: 1 });
    await expect(engine.seq2seq(config, weights, ringFormer, { precision: 'int8' })).rejects.toEqual(
      error('bad-argument', "precision is 'int8', but these graphs are float32"),
    );
    const model = await openModel(config, weights);
    expect(() => model.open([], { rows: 1 })).toThrow('Expected at least one source, got none');
    expect(() => model.open([[1, 11]], { rows: 1 })).toThrow(
      'Token 11 is not in the vocabulary: expected ids from 0 to 10',
    );
    expect(() => model.open([Array(13).fill(3)], { rows: 1 })).toThrow('has 13 tokens; expected 1 to 12');
    await expect(model.open([[1, 2]], { rows: 1, levels: { decoder: 4 } }).step([1], 1)).rejects.toEqual(
      error('bad-argument', 'Expected levels.decoder from 1 to 3, got 4'),
    );
    const decoding = model.open(SOURCE.slice(0, 2), { rows: 2 });
    await expect(decoding.step([1, 1, 1], 1)).rejects.toEqual(error('bad-shape', 'got 3 tokens for 2 sentences'));
    await expect(decoding.step([1, -1], 1)).rejects.toEqual(error('bad-argument', 'Token -1'));
    for (let i = 0; i < 12; i++) await decoding.step([1, 1], 1);
    await expect(decoding.step([1, 1], 1)).rejects.toEqual(error('bad-shape', 'no position after 12 tokens'));
    decoding.dispose();
    await expect(decoding.step([1, 1], 1)).rejects.toEqual(error('bad-argument', 'This decoding was disposed'));
    const orphan = model.open(SOURCE, { rows: 4 });
    expect((await orphan.step([1, 1, 1, 1], 1)).ids).toHaveLength(4);
    model.dispose();
    await expect(orphan.step([1, 1, 1, 1], 1)).rejects.toEqual(error('bad-argument', 'This model was disposed'));
    expect(() => model.open(SOURCE, { rows: 4 })).toThrow('This model was disposed');
  });

  test('graphs of another model, of other levels, truncated, swapped, or from elsewhere', async () => {
    const { config, weights } = await tiny();
    const files = exportSeq2seq(config, weights, ringFormer);
    const [encoder, decoder] = [Buffer.concat(files.encoder), Buffer.concat(files.decoder)];
    const { graphs } = (await startOnnx({ threads: 1 })).engine;
    const model = await graphs.seq2seq(config, { encoder, decoder });
    models.push(model);
    await expect(model.open(SOURCE, { rows: 4, levels: { encoder: 1 } }).step([1, 1, 1, 1], 1)).rejects.toEqual(
      error('bad-argument', 'encoder.onnx passes 2 levels; got levels 1. Export another'),
    );
    const refused = (given: object, what: object) =>
      expect(graphs.seq2seq(config, { encoder, decoder, ...given })).rejects.toEqual(what);
    await expect(graphs.seq2seq({ ...config, maxLength: 9 }, { encoder, decoder })).rejects.toEqual(
      error('bad-config', 'maxLength is 12 in the graph, 9 in config.json'),
    );
    await refused(
      { encoder: decoder },
      error('bad-file', 'Expected encoder.onnx to output memory.bias, got present.bias'),
    );
    await refused(
      { decoder: decoder.subarray(0, 5000) },
      error('bad-file', 'decoder.onnx is not an ONNX file, or only part'),
    );
    await refused({ decoder: new Uint8Array() }, error('bad-file', 'has no ringformer.config'));
  });
});
