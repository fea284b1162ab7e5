import { type Raw, readSafetensors } from '@ringformer/core/base';
import type { Beams } from '@ringformer/core/parity';
import { comparison, note } from '@ringformer/core/testing';
import { type Architecture, beamSearch, greedySearch, readWeights } from '@ringformer/seq2seq';
import type { EngineSeq2seq, Seq2seqEngine } from '@ringformer/seq2seq/engine';
import { beamOptions, recordedBeams, recordedSearch } from '@ringformer/seq2seq/parity';
import { describe, expect, test } from 'vitest';
import { fixtureConfig, fixtureFile } from './fixtures.ts';
import { architectures } from './tiny.ts';

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
