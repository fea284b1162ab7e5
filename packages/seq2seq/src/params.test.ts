import { countParams, countSpec, disposeTree, flatten } from '@ringformer/core';
import { withoutLeaks } from '@ringformer/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCpu } from '../../core/test/start-cpu.ts';
import { tinyConfig } from '../test/tiny.ts';
import { type Seq2seqConfig, seq2seqConfig } from './config.ts';
import { initSeq2seq } from './init.ts';
import { seq2seqSpec } from './ring-layout.ts';

beforeAll(startCpu);

const count = (config: Seq2seqConfig) => countSpec(seq2seqSpec(config));

describe("as many parameters as the reference's models", () => {
  test.each([
    [256, false, 2_243_584],
    [512, false, 8_943_616],
    [512, true, 8_954_880],
    [1024, false, 35_713_024],
  ])('dim %i, bias %j: %i without embeddings and output', (dim, bias, wanted) => {
    const vocabulary = 50_000;
    const config = seq2seqConfig({ dim, bias, sourceVocab: vocabulary, targetVocab: vocabulary });
    const outer = 2 * vocabulary * dim + vocabulary * (dim + 1);
    expect(count(config)).toBe(wanted + outer);
  });
});

test('the closed formula', () => {
  const size = fc.integer({ min: 1, max: 9 });
  const sizes = fc.record({ heads: size, e: size, mlpDim: size, encoderLevels: size, decoderLevels: size, rank: size });
  const choices = fc.record({
    bias: fc.boolean(),
    tie: fc.constantFrom('none' as const, 'output' as const, 'all' as const),
    positions: fc.constantFrom('sinusoidal' as const, 'learned' as const),
  });
  fc.assert(
    fc.property(sizes, choices, fc.integer({ min: 3, max: 99 }), ({ e, ...sizes }, choices, vocabulary) => {
      const config = {
        ...sizes,
        ...choices,
        dim: 2 * e * sizes.heads,
        sourceVocab: vocabulary,
        targetVocab: vocabulary,
      };
      const { dim: d, mlpDim: f, rank: r, encoderLevels, decoderLevels } = config;
      const b = choices.bias ? 1 : 0;
      const attention = 4 * d * (d + b);
      const ffn = 2 * d * f + b * (d + f);
      const levels = 2 * d * (2 * encoderLevels + 3 * decoderLevels) + (encoderLevels + decoderLevels) * 4 * 2 * r * d;
      const tables = { none: 3, output: 2, all: 1 }[choices.tie] * vocabulary * d + vocabulary;
      const positions = choices.positions === 'learned' ? 2 * 50 * d : 0;
      expect(count(seq2seqConfig(config))).toBe(3 * attention + 2 * ffn + levels + tables + positions);
    }),
    { numRuns: 100 },
  );
});

test('a new model: norms 1 and 0, no signals, the padding row 0, all else as the reference starts', () =>
  withoutLeaks(async () => {
    const config = tinyConfig({ dim: 32, mlpDim: 64, targetVocab: 99, sourceVocab: 99, padId: 2, bosId: 0, eosId: 1 });
    const { params } = initSeq2seq(config, 5);
    expect(countParams(params)).toBe(count(config));
    const bound = 32 ** -0.5;
    for (const [name, leaf] of Object.entries(flatten(params))) {
      const values = (await leaf.data()) as Float32Array;
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
      if (/Norm\.weight$/.test(name)) expect([least, most], name).toEqual([1, 1]);
      else if (/Norm\.bias$|\.up$/.test(name)) expect([least, most], name).toEqual([0, 0]);
      else if (/\.down$/.test(name)) expect(deviation, name).toBeCloseTo(1e-6, 6);
      else if (/tokens$/.test(name)) {
        expect(deviation, name).toBeCloseTo(1, 1);
        expect([...values.slice(64, 96)], name).toEqual(Array(32).fill(0));
        expect(values.slice(0, 64).every((x) => x !== 0)).toBe(true);
      } else if (/ffn/.test(name)) expect(Math.abs(deviation - 0.02), name).toBeLessThan(0.005);
      else {
        expect(most, name).toBeLessThanOrEqual(bound);
        expect(most, name).toBeGreaterThan(0.7 * bound);
        expect(least, name).toBeLessThan(-0.7 * bound);
      }
    }
    disposeTree(params);
  }));

test('tied tables start at N(0, 1/d), since the input multiplies by √d', () =>
  withoutLeaks(async () => {
    const { params } = initSeq2seq(tinyConfig({ dim: 64, heads: 2, tie: 'all' }), 5);
    expect(params.encoder.tokens).toBeUndefined();
    expect(params.head.weight).toBeUndefined();
    const values = (await params.decoder.tokens.data()) as Float32Array;
    expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / (values.length - 64))).toBeCloseTo(1 / 8, 2);
    disposeTree(params);
  }));

test('the same seed, the same model', () =>
  withoutLeaks(() => {
    const [a, b, c] = [1, 1, 2].map((seed) => initSeq2seq(tinyConfig(), seed));
    const first = (model: typeof a) => model!.params.encoder.shared.attn.query.weight.dataSync()[0];
    expect(first(b)).toBe(first(a));
    expect(first(c)).not.toBe(first(a));
    for (const model of [a, b, c]) disposeTree(model!.params);
  }));
