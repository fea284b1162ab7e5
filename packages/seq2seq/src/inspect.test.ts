import { disposeTree, mapTree } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyModel, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import { loadTokenizer, trainTokenizer } from '@ringformer/text';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { decode } from './decoder.ts';
import { encode } from './encoder.ts';
import { inspect } from './inspect.ts';
import { createTranslator } from './tensor-translator.ts';

beforeAll(startCpu);

const tokenizer = await trainTokenizer(['ab ba', 'abba'], { vocabSize: 262 }).then(loadTokenizer);
const SIZES = { sourceVocab: tokenizer.vocabSize, targetVocab: tokenizer.vocabSize, maxLength: 16 };
const TEXTS = { source: 'ab ba', target: 'ba' };

const rows = ({ data, shape: [, , m] }: { data: Float32Array; shape: readonly number[] }) =>
  Array.from({ length: data.length / (m as number) }, (_, i) =>
    data.subarray(i * (m as number), (i + 1) * (m as number)).reduce((sum, x) => sum + x, 0),
  );

test('maps of every level and head, whose rows sum to 1; the words of both sides; the probabilities of the translator', () =>
  withoutLeaks(async () => {
    const model = tinyModel(SIZES);
    const found = await inspect(model, tokenizer, TEXTS);
    const [m, n] = [found.source.length, found.target.length];
    expect(found.source).toEqual(tokenizer.tokens([1, ...tokenizer.encode('ab ba'), 2]));
    expect(found.target).toEqual(tokenizer.tokens([...tokenizer.encode('ba'), 2]));
    expect(found.encoder.map(({ shape }) => shape)).toEqual(Array(2).fill([2, m, m]));
    expect(found.decoder.map(({ shape }) => shape)).toEqual(Array(3).fill([2, n, n]));
    expect(found.cross.map(({ shape }) => shape)).toEqual(Array(3).fill([2, n, m]));
    for (const map of [...found.encoder, ...found.decoder, ...found.cross]) {
      await expectClose(rows(map), Array(rows(map).length).fill(1), { atol: 1e-5 });
    }
    expect(found.decoder[0]?.data[1]).toBe(0); // the first token sees none after it
    const wanted = tf.tidy(() => {
      const ids = (values: number[]) => tf.tensor2d(values, [1, values.length], 'int32');
      const target = [...tokenizer.encode('ba'), 2];
      const { logits } = decode(
        model,
        encode(model, ids([1, ...tokenizer.encode('ab ba'), 2])),
        ids([1, ...target.slice(0, -1)]),
      );
      const all = tf.logSoftmax(logits).arraySync()[0] as number[][];
      return target.map((id, row) => all[row]?.[id] as number);
    });
    await expectClose([...found.logProbs], wanted, { atol: 1e-5 });
    const translator = createTranslator(model, tokenizer);
    expect(await translator.inspect(TEXTS)).toEqual(found);
    translator.dispose();
  }));

test('signals: how strong each is relative to what it is added to; zero if it writes nothing, empty if there is none', () =>
  withoutLeaks(async () => {
    const model = tinyModel(SIZES);
    const { signals } = await inspect(model, tokenizer, TEXTS);
    expect([signals.encoder.length, signals.decoder.length]).toEqual([2, 3]);
    const all = [...signals.encoder, ...signals.decoder].flatMap((level) => Object.values(level));
    expect(all.every((x) => x > 0.01 && x < 100)).toBe(true);
    const { tokenSignals, states, source, target } = await inspect(model, tokenizer, TEXTS);
    expect(tokenSignals.encoder.map(({ key }) => key.length)).toEqual([source.length, source.length]);
    expect(tokenSignals.decoder.map(({ ffn }) => ffn.length)).toEqual(Array(3).fill(target.length));
    const [weakest, strongest] = [Math.min, Math.max].map((of) => of(...tokenSignals.encoder[1]!.value));
    expect(signals.encoder[1]!.value).toBeGreaterThan(weakest!); // over all tokens is between them
    expect(signals.encoder[1]!.value).toBeLessThan(strongest!);
    expect(states.encoder.map(({ length }) => length)).toEqual(Array(2).fill(source.length * model.config.dim));
    expect(states.decoder.map(({ length }) => length)).toEqual(Array(3).fill(target.length * model.config.dim));

    // twice the write matrices of the first level: twice its strength, exactly if the input is the embedding
    const doubled = {
      ...model,
      params: mapTree(model.params, (leaf, name) =>
        name === 'encoder.levels.signals.query.up' ? tf.mul(leaf, 2) : leaf.clone(),
      ),
    };
    const more = await inspect(doubled, tokenizer, TEXTS);
    expect((more.signals.encoder[0]?.query ?? 0) / (signals.encoder[0]?.query ?? 0)).toBeCloseTo(2, 4);
    expect(more.signals.encoder[0]?.key).toBeCloseTo(signals.encoder[0]?.key as number, 6);
    for (const { params } of [model, doubled]) disposeTree(params);

    const vanilla = tinyModelOf({ ...SIZES, architecture: 'vanilla' });
    expect((await inspect(vanilla, tokenizer, TEXTS)).signals).toEqual({ encoder: [], decoder: [] });
    disposeTree(vanilla.params);
  }));
