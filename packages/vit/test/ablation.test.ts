import {
  countParams,
  disposeTree,
  type Raw,
  type Tree,
  treeToRaw,
  valueAndGrads,
  writeSafetensors,
} from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { type Ablation, asWholeRing } from '@ringformer/level-signals/spec';
import { ABLATED } from '@ringformer/test-tools/ablations';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyVit } from '@ringformer/test-tools/vision/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AnyParams,
  classLogits,
  initVit,
  loadVit,
  readConfig,
  saveVit,
  type Vit,
  type VitConfig,
  vitConfig,
  vitSpec,
  writeConfig,
} from '../src/index.ts';

beforeAll(startCpu);

const PIXELS = Float32Array.from({ length: 3 * 2 * 64 }, (_, i) => Math.sin(i * i));
const images = () => tf.tensor4d(PIXELS, [3, 2, 8, 8]);
const logits = (model: Vit<AnyParams>) => tf.tidy(() => [...classLogits(model, images()).dataSync()]);

const modelFrom = (config: VitConfig, tensors: Record<string, Raw>): Vit =>
  loadVit(config, writeSafetensors({ tensors, metadata: {} }));

async function wholeOf({ config, params }: Vit): Promise<Vit> {
  const { signals, signalKind, norms, ...whole } = config;
  return modelFrom(whole, asWholeRing('vit', vitSpec, config, await treeToRaw(params)));
}

async function gradients({ config, params }: Vit): Promise<Record<string, Raw>> {
  const loss = (params: Tree) =>
    tf.sum(tf.square(classLogits({ config, params: params as never as AnyParams }, images())));
  const { value, grads } = valueAndGrads(loss, params as never as Tree);
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
      const model = tinyVit(ablation, 3);
      const whole = await wholeOf(model);
      await expectClose(logits(model), logits(whole), { atol: 1e-5 });
      const [found, wanted] = [await gradients(model), await gradients(whole)];
      for (const [name, { data }] of Object.entries(wanted)) if (found[name]) await close(found[name], data);
      for (const name of Object.keys(found).filter((name) => name.startsWith('shared.') && name.includes('Norm'))) {
        const { data } = wanted[name.replace('shared.', 'levels.')] as Raw;
        const sums = Array.from({ length: 18 }, (_, k) =>
          [0, 1, 2].reduce((sum, i) => sum + (data[i * 18 + k] as number), 0),
        );
        await close(found[name], sums);
      }
      for (const { params } of [model, whole]) disposeTree(params);
    }),
  );
});

describe('static signals', () => {
  test.each(['query', 'value'] as const)('at a single level, one on %s is a bias', (name) =>
    withoutLeaks(async () => {
      const model = tinyVit({ levels: 1, signals: [name], signalKind: 'static' }, 7);
      const raw = await treeToRaw(model.params);
      const { signals, signalKind, ...rest } = model.config;
      const plain = Object.fromEntries(Object.entries(raw).filter(([name]) => !name.includes('signals')));
      const bias = plain[`shared.attn.${name}.bias`] as Raw;
      const { data } = raw[`levels.signals.${name}.constant`] as Raw;
      plain[`shared.attn.${name}.bias`] = { ...bias, data: bias.data.map((x, i) => x + data[i]!) as Float32Array };
      const biased = modelFrom({ ...rest, signals: [] }, plain);
      await expectClose(logits(model), logits(biased), { atol: 1e-5 });
      for (const { params } of [model, biased]) disposeTree(params);
    }),
  );

  test('the class token only, or all tokens: the same', () =>
    withoutLeaks(async () => {
      const model = tinyVit({ signalKind: 'static' }, 7);
      const all = tf.tidy(() => [...classLogits(model, images(), { tap: () => {} }).dataSync()]);
      await expectClose(logits(model), all, { atol: 1e-5 });
      disposeTree(model.params);
    }));
});

test('counts only what is there', () => {
  const counted = (ablation: Ablation) => {
    const { params } = initVit(vitConfig({ ...tinyVit().config, ...ablation }), 1);
    return countParams(params);
  };
  const whole = counted({});
  const attention = 3 * 2 * 3 * 18; // levels, down and up, rank, d: one signal
  const network = 3 * 2 * 2 * 18;
  expect(whole - counted({ signals: [] })).toBe(3 * attention + network);
  expect(whole - counted({ signals: ['ffn'] })).toBe(3 * attention);
  expect(whole - counted({ signalKind: 'static' })).toBe(3 * attention + network - 4 * 3 * 18);
  expect(whole - counted({ norms: 'shared' })).toBe(2 * 2 * 2 * 18); // two norms' gain and bias, two levels fewer
  tf.disposeVariables();
});

describe.each(ABLATED)('%s', (_, ablation) => {
  test('its configuration is read as it was written, and has no other members', () => {
    const { config } = tinyVit(ablation);
    expect(readConfig(writeConfig(config))).toEqual(config);
    const { signals, signalKind, norms, ...rest } = config;
    expect({ signals, signalKind, norms }).toEqual({ signals: undefined, ...ablation });
    expect(rest).toEqual(tinyVit().config);
  });

  test('a saved model loads and computes the same; by the authors’ names, if they have any for it', () =>
    withoutLeaks(async () => {
      const model = tinyVit(ablation, 3);
      const back = loadVit(model.config, await saveVit(model));
      expect(await treeToRaw(back.params)).toEqual(await treeToRaw(model.params));
      if (ablation.signalKind === 'static') {
        await expect(saveVit(model, { names: 'reference' })).rejects.toThrow('Static signals have no counterpart');
      } else {
        const { signals, norms, ...plain } = model.config;
        const whole = loadVit(plain, await saveVit(model, { names: 'reference' }));
        await expectClose(logits(whole), logits(model), { atol: 1e-5 });
        disposeTree(whole.params);
      }
      for (const { params } of [model, back]) disposeTree(params);
    }));
});

test('a baseline has no signals to choose', () => {
  expect(() => vitConfig({ architecture: 'owf', signals: [] })).toThrow(
    "signals can only be chosen for the architecture 'ring', not 'owf'",
  );
});
