import { disposeTree, type Raw, treeToRaw } from '@ringformer/core';
import { expectClose } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { fixtureConfig, fixtureFile } from '@ringformer/test-tools/translation/fixtures';
import { logitsOf, tinyModel, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import type { WasmSeq2seq } from '@ringformer/test-tools/wasm';
import { enableRelaxedSimd, NATIVE, startEngine } from '@ringformer/test-tools/wasm';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  beamSearch,
  greedySearch,
  ringFormer,
  type Seq2seq,
  type Seq2seqConfig,
  tensorDecoding,
} from '../src/index.ts';
import type { Decoding } from '../src/inference.ts';
import { readWeights } from '../src/weights.ts';

beforeAll(startCpu);
enableRelaxedSimd();

const models: WasmSeq2seq[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

describe.each(NATIVE)('native kernels: %s', (native) => {
  type Options = Parameters<Awaited<ReturnType<typeof startEngine>>['engine']['seq2seq']>[3] & { plain?: boolean };

  async function fuse(config: Seq2seqConfig, weights: Record<string, Raw>, { plain, ...options }: Options = {}) {
    const { engine } = await startEngine(plain ? { relaxedSimd: false } : { native });
    const model = await engine.seq2seq(config, weights, ringFormer, { threads: 1, ...options });
    models.push(model);
    return model;
  }

  const fuseModel = async ({ config, params }: Seq2seq, options?: Options) =>
    fuse(config, await treeToRaw(params), options);

  /** The logits [rows length v] of target rows that are forced, token by token. */
  function forced(model: WasmSeq2seq, source: number[][], target: number[][], levels = {}): Float32Array {
    const decoding = model.open(source, { rows: source.length, levels });
    const length = target[0]!.length;
    const steps = Array.from({ length }, (_, i) => {
      decoding.step(
        target.map((row) => row[i]!),
        1,
      );
      return decoding.logits();
    });
    decoding.dispose();
    const v = steps[0]!.length / source.length;
    const all = new Float32Array(source.length * length * v);
    steps.forEach((logits, i) => {
      source.forEach((_, row) => all.set(logits.subarray(row * v, (row + 1) * v), (row * length + i) * v));
    });
    return all;
  }

  const SOURCE = [
    [1, 5, 6, 7, 2],
    [1, 8, 2],
    [1, 3, 4, 9, 10, 6, 2],
  ];
  const PADDED = SOURCE.map((row) => [...row, ...Array(7 - row.length).fill(0)]);
  const TARGET = [
    [1, 4, 7, 3, 9],
    [1, 5, 5, 8, 10],
    [1, 9, 6, 0, 4], // a padding token in the middle is masked from then on
  ];

  const rowsOf = ({ data, shape }: Raw) =>
    Array.from({ length: shape[0]! }, (_, i) => Array.from(data.subarray(i * shape[1]!, (i + 1) * shape[1]!)));

  describe.each([{ plain: true }, { plain: false }])('the recorded logits of the reference, %j', ({ plain }) => {
    test.each(['ring_a', 'ring_b', 'ring_c'])('%s', async (name) => {
      const { readSafetensors } = await import('@ringformer/core');
      const config = fixtureConfig(name);
      const model = await fuse(config, readWeights(config, fixtureFile(name, 'weights.safetensors')), { plain });
      const { src, trg, logits } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
      const found = forced(model, rowsOf(src!), rowsOf(trg!));
      await expectClose([...found], [...logits!.data], { atol: 1e-4 });
    });
  });

  describe('equal to the operations of TensorFlow.js', () => {
    const variants: Partial<Seq2seqConfig>[] = [
      {},
      { bias: false, positions: 'learned' },
      { tie: 'output', scaleEmbedding: true },
      { tie: 'all', scaleEmbedding: true, targetVocab: 11, sourceVocab: 11 },
      { dim: 18, heads: 3, mlpDim: 20, rank: 3, encoderLevels: 1, decoderLevels: 1 }, // nothing a multiple of 4
      { dim: 64, heads: 2, mlpDim: 96, rank: 17, targetVocab: 700 }, // heads of 32, a rank above 16, blocks of vocabulary
    ];
    test.each(variants)('logits, %j', async (given) => {
      const reference = tinyModel(given, 5);
      const model = await fuseModel(reference);
      const logits = logitsOf(reference, PADDED, TARGET);
      await expectClose([...forced(model, SOURCE, TARGET)], [...logits.dataSync()], { atol: 1e-4 });
      await expectClose([...forced(model, PADDED, TARGET)], [...logits.dataSync()], { atol: 1e-4 });
      logits.dispose();
      disposeTree(reference.params);
    });

    test.each([1, 2, 3])('%i levels are those of a model cut there', async (depth) => {
      const reference = tinyModel({ encoderLevels: 3, decoderLevels: 3 }, 6);
      const model = await fuseModel(reference);
      const levels = { encoder: 4 - depth, decoder: depth };
      const search = (decoding: Decoding) => greedySearch(decoding, { startId: 1, limits: [9, 9, 9] });
      const whole = await search(tensorDecoding(reference, SOURCE, { levels }));
      expect((await search(model.open(SOURCE, { rows: 3, levels }))).map(({ tokens }) => tokens)).toEqual(
        whole.map(({ tokens }) => tokens),
      );
      disposeTree(reference.params);
    });

    test.each([
      { beams: 1, banned: [] },
      { beams: 2, banned: [0, 1] },
      { beams: 5, banned: [0, 1, 7] },
    ])('hypotheses and scores, %j', async ({ beams, banned }) => {
      const reference = tinyModel({}, 7);
      const model = await fuseModel(reference);
      const options = { beams, startId: 1, endId: 2, limits: [9, 4, 11], lengthPenalty: 1 };
      const want = await beamSearch(tensorDecoding(reference, SOURCE, { banned }), options);
      const got = await beamSearch(model.open(SOURCE, { rows: 3 * beams, banned }), options);
      expect(got.map((found) => found.map(({ tokens }) => tokens))).toEqual(
        want.map((found) => found.map(({ tokens }) => tokens)),
      );
      await expectClose(
        got.flatMap((found) => found.map(({ score }) => score)),
        want.flatMap((found) => found.map(({ score }) => score)),
        { atol: 1e-4 },
      );
      disposeTree(reference.params);
    });
  });

  describe('a model large enough to be split between threads', () => {
    const sized = { dim: 128, heads: 4, mlpDim: 256, rank: 8, sourceVocab: 900, targetVocab: 900 } as const;
    const source = Array.from({ length: 24 }, (_, i) => Array.from({ length: 2 + (i % 9) }, (_, j) => 3 + 11 * i + j));
    const target = source.map((_, i) => [1, 17 + i, 300 + i, 5]);

    test.each(['f32', 'bf16', 'int8'] as const)(
      'the bits of %s do not depend on threads, rows or neighbours',
      async (precision) => {
        const reference = tinyModel(sized, 8);
        const [one, two] = [1, 2].map((threads) => fuseModel(reference, { precision, threads }));
        const [alone, shared] = [await one!, await two!];
        expect([alone.threads, shared.threads]).toEqual([1, 2]);
        const many = forced(alone, source, target); // threads share out rows
        expect(forced(shared, source, target)).toEqual(many);
        const few = forced(alone, source.slice(0, 3), target.slice(0, 3)); // threads share out columns
        expect(forced(shared, source.slice(0, 3), target.slice(0, 3))).toEqual(few);
        expect(few).toEqual(many.subarray(0, few.length));
        disposeTree(reference.params);
      },
    );

    test('int8 and bf16 stay close, and int8 is as close without relaxed SIMD', async () => {
      const reference = tinyModel(sized, 9);
      const logits = logitsOf(reference, [source[5]!], [target[5]!]);
      const exact = logits.dataSync() as Float32Array;
      const spread = Math.hypot(...exact) / Math.sqrt(exact.length);
      const error = async (options: Options) => {
        const found = forced(await fuseModel(reference, options), [source[5]!], [target[5]!]);
        return Math.hypot(...found.map((x, i) => x - exact[i]!)) / Math.sqrt(exact.length) / spread;
      };
      expect(await error({})).toBeLessThan(1e-5);
      expect(await error({ precision: 'bf16' })).toBeLessThan(0.06);
      const int8 = await error({ precision: 'int8' });
      expect(int8).toBeGreaterThan(1e-5);
      expect(int8).toBeLessThan(0.1);
      expect(await error({ precision: 'int8', plain: true })).toBeCloseTo(int8, 2);
      logits.dispose();
      disposeTree(reference.params);
    });
  });

  describe('memory', () => {
    test('decodings that end, in any order, free their memory', async () => {
      const reference = tinyModel({}, 10);
      const model = await fuseModel(reference);
      const run = (sentences: number[][]) => {
        const decoding = model.open(sentences, { rows: 8 });
        decoding.step(
          sentences.map(() => 1),
          4,
        );
        decoding.step(
          sentences.map(() => 4),
          2,
        );
        return decoding;
      };
      run(SOURCE).dispose();
      const before = model.bytes;
      const open = Array.from({ length: 5 }, (_, i) => run(SOURCE.slice(0, 1 + (i % 3))));
      expect(model.bytes).toBeGreaterThan(before);
      for (const i of [3, 0, 4, 1, 2]) {
        open[i]!.dispose();
        open[i]!.dispose();
      }
      expect(model.bytes).toBe(before);
      disposeTree(reference.params);
    });
  });

  describe('bad input', () => {
    const cases: [string, (model: WasmSeq2seq) => unknown, object][] = [
      ['no sources', (model) => model.open([], { rows: 1 }), { code: 'bad-shape' }],
      ['an empty source', (model) => model.open([[]], { rows: 1 }), { message: expect.stringContaining('0 tokens') }],
      [
        'a long source',
        (model) => model.open([Array(13).fill(3)], { rows: 1 }),
        { message: expect.stringContaining('1 to 12') },
      ],
      ['an id too large', (model) => model.open([[11]], { rows: 1 }), { message: expect.stringContaining('Token 11') }],
      ['more sources than rows', (model) => model.open(SOURCE, { rows: 2 }), { code: 'bad-shape' }],
      [
        'levels',
        (model) => model.open(SOURCE, { rows: 3, levels: { decoder: 4 } }),
        { message: expect.stringContaining('1 to 3') },
      ],
      [
        'surplus tokens',
        (model) => model.open([[1]], { rows: 2 }).step([1, 1], 1),
        { message: expect.stringContaining('2 tokens for 1 rows') },
      ],
      ['a row that is not there', (model) => model.open([[1]], { rows: 2 }).select([1]), { code: 'bad-shape' }],
      ['a count of 0', (model) => model.open([[1]], { rows: 1 }).step([1], 0), { code: 'bad-argument' }],
    ];
    test.each(cases)('%s', async (_, use, error) => {
      const reference = tinyModel({}, 11);
      const model = await fuseModel(reference);
      expect(() => use(model)).toThrow(expect.objectContaining(error));
      disposeTree(reference.params);
    });

    test('beyond the longest target, after dispose, and with too many threads', async () => {
      const reference = tinyModel({}, 12);
      const model = await fuseModel(reference);
      const decoding = model.open([[1, 2]], { rows: 1 });
      for (let i = 0; i < 12; i++) decoding.step([3], 1);
      expect(() => decoding.step([3], 1)).toThrow('at most 12 tokens');
      decoding.dispose();
      expect(() => decoding.step([3], 1)).toThrow('disposed');
      model.dispose();
      model.dispose();
      expect(() => model.open([[1]], { rows: 1 })).toThrow('disposed');
      await expect(fuseModel(reference, { threads: 99 })).rejects.toMatchObject({ code: 'bad-argument' });
      disposeTree(reference.params);
    });
  });

  test('a model of another architecture is refused', async () => {
    const model = tinyModelOf({ architecture: 'vanilla' });
    const weights = await treeToRaw(model.params);
    disposeTree(model.params);
    await expect(fuse(model.config, weights)).rejects.toMatchObject({
      code: 'no-backend',
      message: expect.stringContaining("only the architecture 'ring', not 'vanilla'"),
    });
  });
});
