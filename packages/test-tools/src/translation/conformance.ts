import { disposeTree, treeToRaw } from '@ringformer/core';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import type { Beams } from '@ringformer/core/parity';
import { comparison, note } from '@ringformer/core/testing';
import { type Architecture, beamSearch, greedySearch, readWeights, ringFormer } from '@ringformer/seq2seq';
import type { EngineSeq2seq, Seq2seqEngine } from '@ringformer/seq2seq/engine';
import { beamOptions, recordedBeams, recordedSearch } from '@ringformer/seq2seq/parity';
import { beforeAll, describe, expect, test } from 'vitest';
import { ABLATED } from '../ablations.ts';
import { startCpu } from '../start-cpu.ts';
import { fixtureConfig, fixtureFile } from './fixtures.ts';
import { architectures, logitsOf, tinyModel } from './tiny.ts';

const searchOf = (name: string) => recordedSearch({ read: (file) => fixtureFile(name, file) });

/** Natural logarithms of softmax. */
function logSoftmax(row: readonly number[]): number[] {
  const most = Math.max(...row);
  const sum = Math.log(row.reduce((total, x) => total + Math.exp(x - most), 0));
  return row.map((x) => x - most - sum);
}

/**
 * The conformance suite of an engine, which shows no levels and does not train: its probabilities, and what search makes of
 * them, compared with the recording.
 */
export function testEngine(
  engine: string,
  start: () => Promise<Pick<Seq2seqEngine, 'seq2seq'>>,
  models: readonly string[],
): void {
  describe.each(models)(`%s on the engine ${engine}`, (name) => {
    const config = fixtureConfig(name);
    /** Runs twice, to see what the first time left behind. */
    async function withModel(work: (model: EngineSeq2seq) => Promise<void>): Promise<void> {
      const architecture = architectures[config.architecture] as Architecture;
      const weights = readWeights(config, fixtureFile(name, 'weights.safetensors'), architecture);
      const model = await (await start()).seq2seq(config, weights, architecture);
      const bytes = () => ('bytes' in model ? model.bytes : 0);
      await work(model);
      const once = bytes();
      await work(model);
      expect(bytes(), 'bytes after a second time').toBe(once);
      model.dispose();
    }

    test('log-probabilities, token by token', ({ task }) =>
      withModel(async (model) => {
        const compare = comparison(task, 'wasm', 'level', engine);
        const { src, trg, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<
          string,
          Raw
        >;
        const [rows, length, v] = (logits as Raw).shape as [number, number, number];
        const rowOf = ({ data, shape }: Raw, i: number) => Array.from(data.slice(i * shape[1]!, (i + 1) * shape[1]!));
        const source = Array.from({ length: (src as Raw).shape[0]! }, (_, i) => rowOf(src as Raw, i));
        const decoding = model.open(source, { rows });
        for (let i = 0; i < length; i++) {
          const { ids, logProbs } = await decoding.step(
            Array.from({ length: rows }, (_, r) => rowOf(trg as Raw, r)[i]!),
            v,
          );
          const found: number[] = Array(rows * v);
          ids.forEach((id, at) => (found[Math.floor(at / v) * v + id] = logProbs[at]!));
          const want = Array.from({ length: rows }, (_, r) =>
            logSoftmax([...(logits as Raw).data.slice((r * length + i) * v, (r * length + i + 1) * v)]),
          );
          await compare(found, want.flat());
        }
        decoding.dispose();
      }));

    test('greedy search', ({ task }) =>
      withModel(async (model) => {
        note(task, engine);
        const { src, sos, steps, output } = searchOf(name);
        const limits = src.map(() => steps);
        const found = await greedySearch(model.open(src, { rows: src.length }), { startId: sos, limits });
        expect(found.map(({ tokens }) => tokens)).toEqual(output);
      }));

    test('beam search', ({ task }) =>
      withModel(async (model) => {
        const compare = comparison(task, 'wasm', 'score', engine);
        const given = searchOf(name);
        const options = beamOptions(given);
        const wanted = recordedBeams({ read: (file) => fixtureFile(name, file) });
        const found = await beamSearch(model.open(given.src, { rows: given.src.length * options.beams }), options);
        const tokens = (beams: Beams) => beams.map((sentence) => sentence.map(({ tokens }) => tokens));
        expect(tokens(found)).toEqual(tokens(wanted));
        const scores = (beams: Beams) => beams.flatMap((sentence) => sentence.map(({ score }) => score));
        await compare(scores(found), scores(wanted));
      }));
  });
}

const SOURCE = [
  [1, 5, 6, 7, 2],
  [1, 8, 3, 9, 2],
];
const TARGET = [
  [1, 4, 7, 3, 9],
  [1, 5, 5, 8, 10],
];

/** Ablated rings on an engine, compared with the operations of TensorFlow.js on the CPU. */
export function testAblations(engine: string, start: () => Promise<Pick<Seq2seqEngine, 'seq2seq'>>): void {
  describe(`ablated rings on the engine ${engine}`, () => {
    beforeAll(startCpu);

    test.for(ABLATED)('%s', async ([, ablation], { task }) => {
      const compare = comparison(task, 'wasm', 'level', engine);
      for (const sizes of [{}, { dim: 18, heads: 3, rank: 3, bias: false }]) {
        const given = tinyModel({ ...sizes, ...ablation }, 5);
        const wanted = logitsOf(given, SOURCE, TARGET);
        const [rows, n, v] = wanted.shape as [number, number, number];
        const all = [...wanted.dataSync()];
        const model = await (await start()).seq2seq(given.config, await treeToRaw(given.params), ringFormer);
        const decoding = model.open(SOURCE, { rows });
        for (let i = 0; i < n; i++) {
          const tokens = TARGET.map((row) => row[i] as number);
          const { ids, logProbs } = await decoding.step(tokens, v);
          const found: number[] = Array(rows * v);
          ids.forEach((id, at) => (found[Math.floor(at / v) * v + id] = logProbs[at]!));
          const want = TARGET.flatMap((_, r) => logSoftmax(all.slice((r * n + i) * v, (r * n + i + 1) * v)));
          await compare(found, want);
        }
        decoding.dispose();
        model.dispose();
        wanted.dispose();
        disposeTree(given.params);
      }
    });
  });
}
