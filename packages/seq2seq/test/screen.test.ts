import { deriveSeed, disposeTree, randomNormal, treeToRaw } from '@ringformer/core';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { enableRelaxedSimd, NATIVE, startEngine } from '@ringformer/test-tools/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { initSeq2seq, ringFormer, seq2seqConfig } from '../src/index.ts';

beforeAll(startCpu);
enableRelaxedSimd();

const VOCABULARY = 1500; // enough for a screening, and no multiple of 16
const config = seq2seqConfig({
  dim: 40,
  heads: 4,
  mlpDim: 48,
  encoderLevels: 1,
  decoderLevels: 2,
  sourceVocab: VOCABULARY,
  targetVocab: VOCABULARY,
  maxLength: 12,
});

/** Output layers that are hard to screen. */
const HEADS: Record<string, (row: number, noise: Float32Array) => Float32Array> = {
  'unlike columns': (_, noise) => noise,
  'columns in pairs of equals': (row) => randomNormal(config.dim, deriveSeed(5, row >> 1)),
  'columns that differ in the last bits': (row, noise) =>
    randomNormal(config.dim, 7).map((x, i) => x + (row % 7) * 1e-6 * noise[i]!),
  'columns of very different length': (row, noise) => noise.map((x) => x * 10 ** ((row % 9) - 4)),
  'one large weight among small ones': (row, noise) => noise.map((x, i) => (i === row % config.dim ? 300 * x : x)),
  zeros: () => new Float32Array(config.dim),
};

describe.each(Object.keys(HEADS))('%s', (name) => {
  test.each([
    ...NATIVE.flatMap((native) => [1, 2].map((threads) => ({ threads, relaxedSimd: 'auto' as const, native }))),
    { threads: 1, relaxedSimd: false as const, native: false as const },
  ])('the screened choice is the choice of all logits, %j', async ({ threads, relaxedSimd, native }) => {
    const model = initSeq2seq(config, 3);
    const weights = await treeToRaw(model.params);
    disposeTree(model.params);
    const head = weights['head.weight']!.data as Float32Array;
    const bias = weights['head.bias']!.data as Float32Array;
    for (let row = 0; row < VOCABULARY; row++) {
      const made = HEADS[name]!(row, randomNormal(config.dim, deriveSeed(11, row)));
      head.set(made, row * config.dim);
      bias[row] = name.includes('equals') || name === 'zeros' ? 0 : bias[row]!;
    }
    const { engine } = await startEngine({ relaxedSimd, native });
    const loaded = await engine.seq2seq(config, weights, ringFormer, { threads, precision: 'f32' });
    const source = Array.from({ length: 9 }, (_, row) => [1, 4 + row, 900 + row, 2]);
    const banned = [0, 1, 7, VOCABULARY - 1];
    for (const rows of [1, 3, 9]) {
      const options = { rows, banned };
      const full = loaded.open(source.slice(0, rows), options);
      const screened = loaded.open(source.slice(0, rows), { ...options, scores: false });
      let tokens = Array<number>(rows).fill(1);
      for (let step = 0; step < config.maxLength; step++) {
        const want = full.step(tokens, 1);
        const got = screened.step(tokens, 1);
        expect(got.ids).toEqual(want.ids);
        if (relaxedSimd === false) expect(got.logProbs.every(Number.isNaN)).toBe(true); // Node 20 cannot screen by the relaxed dot product
        tokens = [...want.ids].map((id, row) => (id + step * 31 + row) % VOCABULARY);
      }
      if (relaxedSimd === false)
        expect(() => screened.logits()).toThrow('opened with `scores: false` and has no logits');
      full.dispose();
      screened.dispose();
    }
    loaded.dispose();
  });
});

test.each(NATIVE)('there are scores if several choices are requested, native kernels: %s', async (native) => {
  const model = initSeq2seq(config, 3);
  const { engine } = await startEngine({ native });
  const loaded = await engine.seq2seq(config, await treeToRaw(model.params), ringFormer, {
    threads: 1,
    precision: 'f32',
  });
  disposeTree(model.params);
  const decoding = loaded.open([[1, 5, 2]], { rows: 1, scores: false });
  expect(decoding.step([1], 2).logProbs.every(Number.isFinite)).toBe(true);
  expect(decoding.logits().length).toBe(VOCABULARY);
  loaded.dispose();
});
