import {
  countParams,
  disposeTree,
  flatten,
  type Raw,
  readSafetensors,
  type Tree,
  treeToRaw,
  valueAndGrads,
  writeSafetensors,
} from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { type Ablation, asWholeRing } from '@ringformer/level-signals/spec';
import { ABLATED } from '@ringformer/test-tools/ablations';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { logitsOf, tinyConfig, tinyModel } from '@ringformer/test-tools/translation/tiny';
import { enableRelaxedSimd, NATIVE, startEngine } from '@ringformer/test-tools/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AnyParams,
  decode,
  encode,
  initSeq2seq,
  loadSeq2seq,
  readConfig,
  readWeights,
  ringFormer,
  type Seq2seq,
  type Seq2seqConfig,
  saveSeq2seq,
  seq2seqSpec,
  writeConfig,
} from '../src/index.ts';
import { quantizeSeq2seq } from '../src/quantize.ts';

beforeAll(startCpu);
enableRelaxedSimd();

const SOURCE = [
  [1, 5, 6, 7, 2],
  [1, 8, 3, 9, 2],
];
const TARGET = [
  [1, 4, 7, 3, 9],
  [1, 5, 5, 8, 10],
];

/** A model from flat weights. The caller owns it. */
const modelFrom = (config: Seq2seqConfig, raw: Record<string, Raw>): Seq2seq =>
  loadSeq2seq(config, writeSafetensors({ tensors: raw, metadata: {} }));

/** The whole ring that computes what an ablated one does. */
async function wholeOf({ config, params }: Seq2seq): Promise<Seq2seq> {
  const { signals, signalKind, norms, ...whole } = config;
  return modelFrom(whole, asWholeRing('seq2seq', seq2seqSpec, config, await treeToRaw(params)));
}

const logits = (model: Seq2seq<AnyParams>) => tf.tidy(() => logitsOf(model, SOURCE, TARGET).dataSync() as Float32Array);

/** Gradients of a loss over all logits, by name. */
async function gradients({ config, params }: Seq2seq): Promise<Record<string, Raw>> {
  const loss = (params: AnyParams) =>
    tf.sum(
      tf.square(
        decode(
          { config, params },
          encode({ config, params }, tf.tensor2d(SOURCE, undefined, 'int32')),
          tf.tensor2d(TARGET, undefined, 'int32'),
        ).logits,
      ),
    );
  const { value, grads } = valueAndGrads(loss as never, params as never as Tree);
  value.dispose();
  const raw = await treeToRaw(grads);
  disposeTree(grads);
  return raw;
}

const close = async (found: Raw | undefined, wanted: ArrayLike<number>) => {
  const values = Array.from(wanted);
  await expectClose([...(found as Raw).data], values, { atol: 2e-5 * Math.max(1, ...values.map(Math.abs)) });
};

describe('computes the same as a whole ring whose missing signals are zeros and whose norms are alike', () => {
  const dynamic = ABLATED.filter(([, { signalKind }]) => signalKind !== 'static');
  test.each(dynamic)('%s: logits, gradients of what is left, sums of the gradients of what is shared', (_, ablation) =>
    withoutLeaks(async () => {
      const model = tinyModel(ablation, 3);
      const whole = await wholeOf(model);
      await expectClose([...logits(model)], [...logits(whole)], { atol: 1e-5 });
      const [found, wanted] = [await gradients(model), await gradients(whole)];
      for (const [name, { data }] of Object.entries(wanted)) {
        if (found[name]) await close(found[name], data);
        else if (name.endsWith('.down')) expect([...data].every((x) => x === 0)).toBe(true); // its up is zero, and stays so
      }
      for (const name of Object.keys(found).filter((name) => name.includes('.shared.') && name.includes('Norm'))) {
        const { data, shape } = wanted[name.replace('.shared.', '.levels.')] as Raw;
        const d = shape[1] as number;
        const sums = Array.from({ length: d }, (_, k) =>
          Array.from({ length: data.length / d }, (_, i) => data[i * d + k] as number).reduce((a, b) => a + b, 0),
        );
        await close(found[name], sums);
      }
      for (const { params } of [model, whole]) disposeTree(params);
    }),
  );
});

describe('static signals', () => {
  /** A model of one level, without and with static signals; the vectors [d] of one side. */
  async function oneLevel(signals: Ablation['signals']) {
    const sizes = { encoderLevels: 1, decoderLevels: 1 };
    const model = tinyModel({ ...sizes, signals, signalKind: 'static' }, 7);
    const raw = await treeToRaw(model.params);
    const plain = Object.fromEntries(Object.entries(raw).filter(([name]) => !name.includes('signals')));
    const { signals: _, signalKind, ...rest } = model.config;
    return { model, raw, plain, config: { ...rest, signals: [] } };
  }

  test.each(['query', 'value'] as const)('at a single level, one on %s is a bias', (name) =>
    withoutLeaks(async () => {
      const { model, raw, plain, config } = await oneLevel([name]);
      for (const [side, attn] of [
        ['encoder', 'attn'],
        ['decoder', 'self'],
      ]) {
        const bias = plain[`${side}.shared.${attn}.${name}.bias`] as Raw;
        const { data } = raw[`${side}.levels.signals.${name}.constant`] as Raw;
        plain[`${side}.shared.${attn}.${name}.bias`] = {
          ...bias,
          data: bias.data.map((x, i) => x + data[i]!) as never,
        };
      }
      const biased = modelFrom(config, plain);
      await expectClose([...logits(model)], [...logits(biased)], { atol: 1e-5 });
      for (const { params } of [model, biased]) disposeTree(params);
    }),
  );

  test('one on keys changes nothing: it adds the same to all scores of a query', () =>
    withoutLeaks(async () => {
      const { model, plain, config } = await oneLevel(['key']);
      const without = modelFrom(config, plain);
      await expectClose([...logits(model)], [...logits(without)], { atol: 1e-5 });
      for (const { params } of [model, without]) disposeTree(params);
    }));

  test('start silent, and do not depend on the input', () => {
    const config = tinyConfig({ signalKind: 'static', signals: ['value', 'ffn'] });
    const { params } = initSeq2seq(config, 1);
    const constants = Object.entries(flatten(params)).filter(([name]) => name.includes('signals'));
    expect(constants.map(([name, { shape }]) => [name, shape])).toEqual([
      ['encoder.levels.signals.value.constant', [2, 8]],
      ['encoder.levels.signals.ffn.constant', [2, 8]],
      ['decoder.levels.signals.value.constant', [3, 8]],
      ['decoder.levels.signals.ffn.constant', [3, 8]],
    ]);
    for (const [, x] of constants) expect(x.dataSync().every((value) => value === 0)).toBe(true);
    disposeTree(params);
  });
});

test('counts only what is there', () => {
  const sizes = { dim: 8, encoderLevels: 2, decoderLevels: 3, rank: 2 };
  const counted = (ablation: Ablation) => {
    const { params } = initSeq2seq(tinyConfig({ ...sizes, ...ablation }), 1);
    const count = countParams(params);
    disposeTree(params);
    return count;
  };
  const whole = counted({});
  const signal = 5 * 2 * 2 * 8; // levels, down and up, rank, d
  expect(whole - counted({ signals: [] })).toBe(4 * signal);
  expect(whole - counted({ signals: ['ffn'] })).toBe(3 * signal);
  expect(whole - counted({ signalKind: 'static' })).toBe(4 * (signal - 5 * 8));
  expect(whole - counted({ norms: 'shared' })).toBe(2 * 8 * (2 * 1 + 3 * 2)); // gain and bias of the levels after the first
});

describe.each(ABLATED)('%s', (_, ablation) => {
  test('its configuration is read as it was written, and has no other members', () => {
    const config = tinyConfig(ablation);
    expect(readConfig(writeConfig(config))).toEqual(config);
    const { signals, signalKind, norms, ...rest } = config;
    expect({ signals, signalKind, norms }).toEqual({ ...{ signals: undefined }, ...ablation });
    expect(rest).toEqual(tinyConfig());
  });

  test('a saved model loads and computes the same; by the authors’ names, if they have any for it', () =>
    withoutLeaks(async () => {
      const model = tinyModel(ablation, 3);
      const back = loadSeq2seq(model.config, await saveSeq2seq(model));
      expect(await treeToRaw(back.params)).toEqual(await treeToRaw(model.params));
      if (ablation.signalKind === 'static') {
        await expect(saveSeq2seq(model, { names: 'reference' })).rejects.toMatchObject({
          code: 'bad-config',
          message: expect.stringContaining('Static signals have no counterpart'),
        });
      } else {
        const whole = loadSeq2seq(tinyConfig(), await saveSeq2seq(model, { names: 'reference' }));
        await expectClose([...logits(whole)], [...logits(model)], { atol: 1e-5 });
        disposeTree(whole.params);
      }
      for (const { params } of [model, back]) disposeTree(params);
    }));

  test('a model without the ablation does not fit', async () => {
    const whole = tinyModel({}, 3);
    const bytes = await saveSeq2seq(whole);
    expect(() => loadSeq2seq(tinyConfig(ablation), bytes)).toThrow('in the checkpoint but not in the model');
    disposeTree(whole.params);
  });

  test.each(NATIVE)('int8, bf16 and float16 files on the engine, native kernels: %s', async (native) => {
    const { config, params } = tinyModel({ ...ablation, dim: 32, heads: 4, mlpDim: 64 }, 4);
    const calm = ([name, one]: [string, Raw]): [string, Raw] =>
      /norm|tokens/i.test(name) ? [name, one] : [name, { ...one, data: one.data.map((x) => 0.3 * x) as Float32Array }];
    const raw = Object.fromEntries(Object.entries(await treeToRaw(params)).map(calm)); // rounding stays small
    const { engine } = await startEngine({ native });
    const step = async (weights: Record<string, Raw>) => {
      const model = await engine.seq2seq(config, weights, ringFormer, { threads: 1 });
      const decoding = model.open(SOURCE, { rows: 2 });
      decoding.step([1, 1], 1);
      const found = [...decoding.logits()];
      decoding.dispose();
      model.dispose();
      return found;
    };
    const wanted = await step(raw);
    for (const to of ['int8', 'bf16', 'f16'] as const) {
      const stored = readSafetensors(writeSafetensors({ tensors: quantizeSeq2seq(raw, to), metadata: {} })).tensors;
      const found = await step(
        to === 'f16' ? readWeights(config, writeSafetensors({ tensors: stored, metadata: {} })) : stored,
      );
      const error = Math.hypot(...found.map((x, i) => x - wanted[i]!)) / Math.hypot(...wanted);
      expect(error, to).toBeLessThan({ int8: 0.1, bf16: 0.05, f16: 0.01 }[to]);
    }
    disposeTree(params);
  });
});

test('members that only say what the paper does are left out', () => {
  const said: Ablation = { signals: ['ffn', 'value', 'key', 'query'], signalKind: 'input', norms: 'level' };
  expect(tinyConfig(said)).toEqual(tinyConfig());
  expect(Object.keys(tinyConfig(said))).toEqual(Object.keys(tinyConfig()));
  expect(tinyConfig({ signals: ['ffn', 'query'] }).signals).toEqual(['query', 'ffn']);
});

test.each([
  [
    { signals: 'none' },
    /signals is the text "none"; expected a list of some of 'query', 'key', 'value', 'ffn', each once/,
  ],
  [{ signals: ['query', 'query'] }, /signals is \["query","query"\]/],
  [{ signals: ['fnn'] }, /signals is \["fnn"\]/],
  [{ signals: null }, /signals is null/],
  [{ signalKind: 'dynamic' }, /signalKind is 'dynamic'; expected 'input' or 'static'/],
  [{ norms: 'none' }, /norms is 'none'; expected 'level' or 'shared'/],
  [
    { architecture: 'vanilla', signals: [], norms: 'shared' },
    /signals and norms can only be chosen for the architecture 'ring', not 'vanilla'/,
  ],
])('%j is refused', (given, message) => {
  expect(() => tinyConfig(given as never)).toThrow(message);
});
