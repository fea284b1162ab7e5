import { readFileSync } from 'node:fs';
import { disposeTree } from '@ringformer/core';
import { type Ablation, SIGNAL_NAMES } from '@ringformer/level-signals/spec';
import {
  decode,
  encode,
  initSeq2seq,
  type Seq2seqConfig,
  type AnyParams as SeqParams,
  seq2seqConfig,
  seq2seqSpec,
} from '@ringformer/seq2seq';
import * as texts from '@ringformer/seq2seq/baselines';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import {
  classLogits,
  encodeImages,
  initVit,
  type VitConfig,
  type AnyParams as VitParams,
  vitConfig,
  vitSize,
  vitSpec,
} from '@ringformer/vit';
import * as images from '@ringformer/vit/baselines';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { countOperations } from './count.ts';
import { countParameters } from './parameters.ts';
import { referenceVisionCount } from './reference.ts';
import { cacheSize, translationCost } from './translation.ts';
import { visionCost } from './vision.ts';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../fixtures/${name}`, import.meta.url), 'utf8'));
const NAMES = ['ring', 'universal', 'owf', 'vanilla'] as const;
const vision = (name: string) => Object.values(images.baselines).find((one) => one.name === name);
const translation = (name: string) => Object.values(texts.baselines).find((one) => one.name === name);

test('parameters equal the reference, all named configurations', () => {
  for (const row of fixture('params.json')) {
    const { model, groups } = row;
    const count =
      row.task === 'vision'
        ? countParameters(
            (vision(model)?.spec ?? vitSpec)(vitSize(row.size, { architecture: model })) as ReturnType<typeof vitSpec>,
          )
        : countParameters(
            (translation(model)?.spec ?? seq2seqSpec)(
              seq2seqConfig({
                architecture: model,
                dim: row.hidden,
                mlpDim: row.ffn,
                bias: row.bias === 1,
                sourceVocab: row.vocab,
                targetVocab: row.vocab,
              }),
            ) as ReturnType<typeof seq2seqSpec>,
          );
    const label = `${row.task} ${model} ${row.size ?? row.hidden}`;
    expect(count.total, label).toBe(row.trainable);
    expect(count.signals, label).toBe(groups.level_signals ?? 0);
    expect(count.norms, label).toBe(groups.norms);
    expect(count.output, label).toBe(groups.output_fc ?? groups.head);
    expect(count.blocks, label).toBe(groups.blocks ?? groups.enc_blocks + groups.dec_blocks);
  }
});

test("the authors' counter, all named configurations", () => {
  for (const { model, size, by_operator, total, base_macs, signal_macs_factored } of fixture('flops.json')) {
    const given: Partial<VitConfig> =
      size === 'tiny'
        ? { dim: 32, mlpDim: 64, heads: 4, levels: 3, rank: 2, imageSize: 32, patchSize: 8, classes: 10 }
        : {};
    const config =
      size === 'tiny' ? vitConfig({ ...given, architecture: model }) : vitSize(size, { architecture: model });
    const one = { config, architecture: vision(model) };
    const { total: ours, ...kinds } = referenceVisionCount(one);
    const expected = { elementwise: 0, ...by_operator };
    expect(kinds, `${model} ${size}`).toEqual(expected);
    expect(ours).toBe(total);
    const { parts, macs } = visionCost(one, { allTokens: true });
    expect(macs - parts.signal, `${model} ${size}`).toBe(base_macs);
    expect(parts.signal).toBe(signal_macs_factored ?? 0);
  }
});

/** A whole number from `least` to `most`, of a fixed sequence. */
function dice(seed: number) {
  let state = seed;
  return (least: number, most: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

/** An ablation, or in half of the cases none. */
function rolledAblation(roll: ReturnType<typeof dice>): Ablation {
  if (roll(0, 1) === 0) return {};
  return {
    signals: SIGNAL_NAMES.filter(() => roll(0, 1) === 1),
    signalKind: roll(0, 3) === 0 ? 'static' : 'input',
    norms: roll(0, 1) ? 'shared' : 'level',
  };
}

describe('counted op by op, 200 random configurations', () => {
  beforeAll(startCpu);

  test.each(NAMES)('images, %s', async (architecture) => {
    const roll = dice(NAMES.indexOf(architecture) + 1);
    for (let i = 0; i < 25; i++) {
      const heads = roll(1, 3);
      const patchSize = roll(1, 4);
      const config = vitConfig({
        architecture,
        dim: 2 * heads * roll(1, 4),
        heads,
        mlpDim: roll(1, 20),
        levels: roll(1, 4),
        rank: roll(1, 5),
        ffnRank: roll(1, 5),
        imageSize: patchSize * roll(1, 3),
        patchSize,
        channels: roll(1, 3),
        classes: roll(2, 9),
        levelTable: roll(0, 1) ? 'static' : 'learnable',
        ...(architecture === 'ring' ? rolledAblation(roll) : {}),
      });
      const one = { config, architecture: vision(architecture) };
      const model = initVit<VitParams>(config, 1, one.architecture);
      const [count, levels] = [roll(1, 3), roll(1, config.levels)];
      const input = tf.zeros([count, config.channels, config.imageSize, config.imageSize]) as tf.Tensor4D;
      const label = JSON.stringify(config);
      const counted = await countOperations(() => classLogits(model, input, { levels }));
      const cost = visionCost(one, { images: count, levels });
      expect([counted.macs, counted.weightReads], label).toEqual([cost.macs, cost.weightReads]);
      const all = await countOperations(() => encodeImages(model, input));
      const whole = visionCost(one, { images: count, allTokens: true });
      expect(all.macs, label).toBe(whole.macs - whole.parts.output);
      tf.dispose(input);
      disposeTree(model.params);
    }
  });

  test.each(NAMES)('translation, %s', async (architecture) => {
    const roll = dice(NAMES.indexOf(architecture) + 11);
    for (let i = 0; i < 25; i++) {
      const heads = roll(1, 3);
      const tie = (['none', 'output', 'all'] as const)[roll(0, 2)] as Seq2seqConfig['tie'];
      const vocabulary = roll(4, 30);
      const config = seq2seqConfig({
        architecture,
        dim: 2 * heads * roll(1, 4),
        heads,
        mlpDim: roll(1, 20),
        encoderLevels: roll(1, 3),
        decoderLevels: roll(1, 3),
        rank: roll(1, 5),
        sourceVocab: tie === 'all' ? vocabulary : roll(4, 30),
        targetVocab: vocabulary,
        maxLength: 12,
        bias: roll(0, 1) === 1,
        tie,
        ...(architecture === 'ring' ? rolledAblation(roll) : {}),
      });
      const one = { config, architecture: translation(architecture) };
      const model = initSeq2seq<SeqParams>(config, 1, one.architecture);
      const [sentences, source, target] = [roll(1, 3), roll(1, 9), roll(1, 9)];
      const ids = (n: number) => tf.fill([sentences, n], 3, 'int32') as tf.Tensor2D;
      const label = JSON.stringify(config);
      const whole = await countOperations(() => decode(model, encode(model, ids(source)), ids(target)).logits);
      const expected = translationCost(one, { source, target, sentences, decode: 'whole' });
      expect([whole.macs, whole.weightReads], label).toEqual([expected.macs, expected.weightReads]);
      const steps = await countOperations(() => {
        const memory = encode(model, ids(source));
        let past: ReturnType<typeof decode>['past'] | undefined;
        for (let t = 0; t < target; t++) past = decode(model, memory, ids(1), past ? { past } : {}).past;
        const kept = past?.levels.reduce((sum, { key, value }) => sum + key.size + value.size, 0);
        const memories = memory.levels.reduce((sum, { key, value }) => sum + key.size + value.size, 0);
        expect(((kept ?? 0) + memories) / sentences, label).toBe(cacheSize(one, { source, target }));
        return past?.bias as tf.Tensor;
      });
      const stepped = translationCost(one, { source, target, sentences });
      expect([steps.macs, steps.weightReads], label).toEqual([stepped.macs, stepped.weightReads]);
      disposeTree(model.params);
    }
  });

  test('convolutions are refused, not left out', async () => {
    const run = () => tf.conv2d(tf.zeros<tf.Rank.R4>([1, 4, 4, 1]), tf.zeros<tf.Rank.R4>([2, 2, 1, 1]), 1, 'valid');
    await expect(countOperations(run)).rejects.toThrow('got Conv2D');
  });
});
