import { readFileSync } from 'node:fs';
import { countParams, countSpec, disposeTree, flatten, flattenSpec, product, type SpecTree } from '@ringformer/core';
import { withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { architectures, tinyConfig } from '@ringformer/test-tools/translation/tiny';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from './architecture.ts';
import { initSeq2seq } from './checkpoint.ts';
import { type Seq2seqConfig, seq2seqConfig } from './config.ts';
import { seq2seqSpec } from './ring-former.ts';

beforeAll(startCpu);

const count = (config: Seq2seqConfig) => countSpec(seq2seqSpec(config));

type Counted = {
  readonly task: string;
  readonly model: string;
  readonly vocab: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly bias: number;
  readonly trainable: number;
  readonly groups: Record<string, number>;
  readonly fixed: { readonly fixed_or_pos: number };
};
const COUNTED: Counted[] = JSON.parse(readFileSync(new URL('../../../fixtures/params.json', import.meta.url), 'utf8'));

/** The groups in which the reference's parameters are counted. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/tokens$/, 'token_embed'],
  [/^head/, 'output_fc'],
  [/norm\./i, 'norms'],
  [/signals/, 'level_signals'],
  [/^encoder/, 'enc_blocks'],
  [/^decoder/, 'dec_blocks'],
];

describe("as many parameters as the reference's models, group by group", () => {
  const named = COUNTED.filter(({ task }) => task === 'translation');
  test.each(named)('$model of d $hidden, vocabulary $vocab, bias $bias', (counted) => {
    const config = seq2seqConfig({
      architecture: counted.model,
      dim: counted.hidden,
      mlpDim: counted.ffn,
      bias: counted.bias === 1,
      sourceVocab: counted.vocab,
      targetVocab: counted.vocab,
    });
    const { spec, tables } = architectures[counted.model] as Architecture;
    const groups: Record<string, number> = {};
    for (const [name, one] of flattenSpec(spec(config) as SpecTree)) {
      const group = GROUPS.find(([pattern]) => pattern.test(name))?.[1] as string;
      groups[group] = (groups[group] ?? 0) + countSpec({ one });
    }
    expect(groups).toEqual(counted.groups);
    expect(countSpec(spec(config) as SpecTree)).toBe(counted.trainable);
    const fixed = tables(config).map(({ shape }) => product(shape));
    expect(fixed.reduce((total, n) => total + n, 0)).toBe(counted.fixed.fixed_or_pos);
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

test.each(Object.keys(architectures))(
  'a new model, %s: norms 1 and 0, no signals, the padding row 0, all else as the reference starts',
  (name) =>
    withoutLeaks(async () => {
      const sizes = { dim: 32, mlpDim: 64, targetVocab: 99, sourceVocab: 99, padId: 2, bosId: 0, eosId: 1 };
      const config = tinyConfig({ architecture: name, ...sizes });
      const architecture = architectures[name] as Architecture;
      const { params } = initSeq2seq(config, 5, architecture);
      expect(countParams(params)).toBe(countSpec(architecture.spec(config) as SpecTree));
      const bound = 32 ** -0.5;
      for (const [name, leaf] of Object.entries(flatten(params))) {
        const values = (await leaf.data()) as Float32Array;
        const [least, most] = [Math.min(...values), Math.max(...values)];
        const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
        if (/norm\.weight$/i.test(name)) expect([least, most], name).toEqual([1, 1]);
        else if (/norm\.bias$|\.up$/i.test(name)) expect([least, most], name).toEqual([0, 0]);
        else if (/\.down$/.test(name)) expect(deviation, name).toBeCloseTo(1e-6, 6);
        else if (/tokens$/.test(name)) {
          expect(deviation, name).toBeCloseTo(1, 1);
          expect([...values.slice(64, 96)], name).toEqual(Array(32).fill(0));
          expect(values.slice(0, 64).every((x) => x !== 0)).toBe(true);
        } else if (/ffn/.test(name)) expect(Math.abs(deviation - 0.02), name).toBeLessThan(0.008);
        else {
          expect(most, name).toBeLessThanOrEqual(bound);
          expect(most, name).toBeGreaterThan(0.5 * bound);
          expect(least, name).toBeLessThan(-0.5 * bound);
        }
      }
      disposeTree(params);
    }),
);

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
