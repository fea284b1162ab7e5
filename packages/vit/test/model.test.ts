import { disposeTree, type Raw, readSafetensors, treeToRaw, valueAndGrads, writeSafetensors } from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureConfig, fixtureFile } from '@ringformer/test-tools/vision/fixtures';
import { enableRelaxedSimd, NATIVE, startEngine } from '@ringformer/test-tools/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { baselines } from '../src/baselines/index.ts';
import { loadClassifier as loadOnEngine } from '../src/engine.ts';
import {
  type AnyParams,
  classLogits,
  encodeImages,
  initVit,
  isReference,
  loadClassifier,
  loadVit,
  saveVit,
  tensorClassifier,
  vitConfig,
  writeConfig,
} from '../src/index.ts';
import { cutPatches } from '../src/patches.ts';

beforeAll(startCpu);
enableRelaxedSimd();

const SMALL = { dim: 16, heads: 2, mlpDim: 24, levels: 3, imageSize: 8, patchSize: 4, channels: 2, classes: 5 };
const images = (count: number) => tf.randomUniform<tf.Rank.R4>([count, 2, 8, 8], -1, 1, 'float32', 7);

test('patches by hand: row by row, each channel by channel', () => {
  // two channels of 4 × 2 pixels, patches of 2 × 2
  const image = tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17], [1, 2, 4, 2]);
  expect(cutPatches(image, 2).arraySync()).toEqual([
    [
      [0, 1, 2, 3, 10, 11, 12, 13],
      [4, 5, 6, 7, 14, 15, 16, 17],
    ],
  ]);
});

describe.each(['ring', 'vanilla', 'universal', 'owf'])('%s', (architecture) => {
  const model = () => initVit(vitConfig({ ...SMALL, architecture }), 3, baselines[architecture] as never);

  test('images do not see each other; levels can be left out; dropout only on request', () =>
    withoutLeaks(async () => {
      const { params, ...rest } = model();
      const given = { ...rest, params, config: { ...rest.config, dropout: 0.5 } };
      const three = images(3);
      const one = tf.slice(three, [1, 0, 0, 0], [1, 2, 8, 8]);
      const all = classLogits(given, three);
      const alone = classLogits(given, one);
      await expectClose([...alone.dataSync()], [...all.dataSync()].slice(5, 10), { atol: 1e-6 });
      const fewer = classLogits(given, three, { levels: 2 });
      const dropped = classLogits(given, three, { dropoutSeed: 1 });
      const again = classLogits(given, three, { dropoutSeed: 1 });
      expect(fewer.dataSync()).not.toEqual(all.dataSync());
      expect(dropped.dataSync()).not.toEqual(all.dataSync());
      expect(dropped.dataSync()).toEqual(again.dataSync());
      tf.dispose([three, one, all, alone, fewer, dropped, again]);
      disposeTree(params);
    }));

  test('only the class token at the last level: the same logits and gradients as with all tokens', () =>
    withoutLeaks(async () => {
      const { params, ...rest } = model();
      const two = images(2);
      const all = (x: tf.Tensor4D, params: AnyParams) => classLogits({ ...rest, params }, x, { tap: () => {} });
      const one = (x: tf.Tensor4D, params: AnyParams) => classLogits({ ...rest, params }, x);
      const loss = (f: typeof all) => (params: AnyParams) => tf.sum(tf.square(f(two, params)));
      const [a, b] = [valueAndGrads(loss(all), params), valueAndGrads(loss(one), params)];
      await expectClose(a.value, b.value.dataSync(), { atol: 0, rtol: 1e-5 });
      const [wanted, found] = [await treeToRaw(a.grads), await treeToRaw(b.grads)];
      for (const [name, { data }] of Object.entries(wanted)) {
        const atol = 1e-5 * Math.max(1, ...Array.from(data, Math.abs));
        await expectClose([...(found[name] as Raw).data], [...data], { atol });
      }
      tf.dispose([two, a.value, b.value]);
      for (const tree of [params, a.grads, b.grads]) disposeTree(tree);
    }));

  test('a saved model loads again, by our names and by the authors', () =>
    withoutLeaks(async () => {
      const given = model();
      for (const names of ['ours', 'reference'] as const) {
        const bytes = await saveVit(given, { names });
        expect(isReference(readSafetensors(bytes).tensors)).toBe(names === 'reference');
        const back = loadVit(given.config, bytes, baselines[architecture] as never);
        expect(await treeToRaw(back.params)).toEqual(await treeToRaw(given.params));
        disposeTree(back.params);
      }
      disposeTree(given.params);
    }));
});

test('a table that differs from its formula, a missing tensor, another architecture', () => {
  const config = fixtureConfig('vision_ring_a');
  const { tensors } = readSafetensors(fixtureFile('vision_ring_a', 'weights.safetensors'));
  const load = (change: (raw: Record<string, Raw>) => void) => {
    const raw = { ...tensors };
    change(raw);
    return () => loadVit(config, writeSafetensors({ tensors: raw, metadata: {} }));
  };
  const table = 'transformer.embeddings.position_embeddings.pos_embed';
  const moved = { ...(tensors[table] as Raw), data: (tensors[table] as Raw).data.map((x) => x + 1) as Float32Array };
  expect(load((raw) => (raw[table] = moved))).toThrow(/differs by 1\S* from the table that its formula gives/);
  const missing = load((raw) => {
    delete raw['head.weight'];
    raw.odd = { dtype: 'F32', shape: [1], data: new Float32Array(1) };
  });
  expect(missing).toThrow(/- head\.weight \[10,32\].*\n.*\+ odd \[1\]/);
  expect(() => loadVit({ ...config, architecture: 'vanilla' }, new Uint8Array())).toThrow(
    "Give the architecture 'vanilla'",
  );
});

test('images of another size', () => {
  const { config, params } = initVit(vitConfig(SMALL), 1);
  expect(() => encodeImages({ config, params }, tf.zeros([1, 2, 8, 12]))).toThrow('expected [batch, 2, 8, 8]');
  disposeTree(params);
});

describe('classifiers', () => {
  const config = vitConfig({ ...SMALL, classes: 3, labels: ['a', 'b', 'c'] });

  test('guesses in order, probabilities of all classes add up to 1, features of each level', () =>
    withoutLeaks(async () => {
      const classifier = tensorClassifier(initVit(config, 3));
      const two = new Float32Array(2 * 2 * 8 * 8).map((_, i) => Math.sin(i));
      const found = await classifier.classify(two, { top: 9 });
      expect(found).toHaveLength(2);
      for (const guesses of found) {
        expect(guesses.map(({ label }) => label).sort()).toEqual(['a', 'b', 'c']);
        expect(guesses.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
        expect(guesses.map(({ probability }) => probability)).toEqual(
          guesses.map(({ probability }) => probability).sort((x, y) => y - x),
        );
      }
      expect((await classifier.features(two)).map(({ length }) => length)).toEqual([160, 160, 160]);
      await expect(classifier.classify(two.subarray(1))).rejects.toThrow('a multiple of 2·8·8');
      await expect(classifier.classify(two, { levels: 4 })).rejects.toThrow('from 1 to 3');
      await expect(classifier.classify(two, { top: 0 })).rejects.toThrow('top is 0');
      await expect(classifier.classify([1, 2] as never)).rejects.toThrow('images is an array; expected a Float32Array');
      await expect(classifier.classify(two, { tops: 3 } as never)).rejects.toThrow("Did you mean 'top'?");
      await expect(classifier.classify(two.map(() => Number.NaN))).rejects.toThrow('image 0 has no probabilities');
      await expect(classifier.classify(two, { top: '3' } as never)).rejects.toThrow('top is the text "3"');
      classifier.dispose();
      await expect(classifier.logits(two)).rejects.toThrow('This model was disposed. Load it again.');
    }));

  test.each(FIXTURES.flatMap((name) => NATIVE.map((native) => [name, native] as const)))(
    '%s from its files: the recorded logits on every engine, native kernels: %s',
    async (name, native) => {
      const config = fixtureConfig(name);
      const { engine } = await startEngine({ native });
      const files: Record<string, Uint8Array> = {
        config: new TextEncoder().encode(writeConfig(config)),
        weights: fixtureFile(name, 'weights.safetensors'),
      };
      const backend = { name: 'cpu' as const, engine, readBytes: async (file: string | URL) => files[String(file)]! };
      const { images, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
      const architecture = baselines[config.architecture];
      const ring = architecture === undefined;
      for (const engine of ring ? (['auto', 'tfjs', 'wasm'] as const) : (['auto', 'tfjs'] as const)) {
        const classifier = await loadClassifier({ config: 'config', weights: 'weights' }, backend, {
          engine,
          architecture,
        });
        expect(classifier.engine).toBe(ring && engine !== 'tfjs' ? 'wasm' : 'tfjs');
        await expectClose([...(await classifier.logits(images!.data as Float32Array))], [...logits!.data], {
          atol: 1e-4,
        });
        classifier.dispose();
      }
      const folder = { 'm/config.json': files.config!, 'm/model.safetensors': files.weights! };
      const readBytes = async (file: string | URL) => folder[String(file) as keyof typeof folder];
      for (const load of ring ? [loadClassifier, loadOnEngine] : [loadClassifier]) {
        const classifier = await load('m', backend, { readBytes, architectures: baselines });
        expect([classifier.engine, classifier.features]).toEqual(
          ring ? ['wasm', undefined] : ['tfjs', expect.anything()],
        );
        classifier.dispose();
      }
      if (!ring) {
        await expect(loadOnEngine('m', backend, { readBytes, architectures: baselines })).rejects.toThrow(
          'has no engine for it',
        );
        const refused = loadClassifier({ config: 'config', weights: 'weights' }, backend, { engine: 'wasm' });
        await expect(refused).rejects.toThrow('no wasm engine for architecture');
      }
    },
  );
});
