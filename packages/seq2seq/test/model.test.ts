import {
  attend,
  crossEntropy,
  disposeTree,
  flatten,
  gelu,
  keyValue,
  layerNorm,
  linear,
  mapTree,
  paddingBias,
  sinusoidalPositions,
  valueAndGrads,
} from '@ringformer/core';
import { expectClose, withoutLeaks } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { architectures, ids, logitsOf, tinyModel, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AnyParams,
  decode,
  encode,
  type Memory,
  type Past,
  type Seq2seq,
  type Seq2seqConfig,
  tensorDecoding,
} from '../src/index.ts';

beforeAll(startCpu);

const SOURCE = [
  [1, 5, 6, 7, 2],
  [1, 8, 2, 0, 0],
  [1, 3, 4, 2, 0],
];
const TARGET = [
  [1, 4, 9, 10, 3, 2],
  [1, 7, 2, 0, 0, 0],
  [1, 0, 5, 6, 2, 0], // padding in the middle, as a model may emit it
];

const free = (memory: Memory) => tf.dispose({ ...memory });
const freePast = (past: Past) => tf.dispose([past.bias, past.levels.map((level) => ({ ...level }))]);
const row = (x: tf.Tensor, i: number) => tf.tidy(() => tf.slice(x, [i, 0, 0], [1, -1, -1]));

/** Runs `work` with a tiny model and checks that nothing leaks. */
const withModel = (given: Parameters<typeof tinyModel>[0], work: (model: Seq2seq) => Promise<void> | void) =>
  withoutLeaks(async () => {
    const model = tinyModel(given);
    await work(model);
    disposeTree(model.params);
  });

/** The same with the architecture that `given` names. */
const withAny = (given: Partial<Seq2seqConfig>, work: (model: Seq2seq<AnyParams>) => Promise<void> | void) =>
  withoutLeaks(async () => {
    const model = tinyModelOf(given);
    await work(model);
    disposeTree(model.params);
  });

describe.each(Object.keys(architectures))('%s', (architecture) => {
  describe.each(['sinusoidal', 'learned'] as const)('%s positions', (positions) => {
    test('decoding in chunks of any size with the cache equals one pass', () =>
      withAny({ architecture, positions }, async (model) => {
        const source = ids(SOURCE);
        const memory = encode(model, source);
        const whole = logitsOf(model, SOURCE, TARGET);
        const cuts = fc
          .uniqueArray(fc.integer({ min: 1, max: 5 }))
          .map((cuts) => [0, ...cuts.sort((a, b) => a - b), 6]);
        await fc.assert(
          fc.asyncProperty(cuts, async (cuts) => {
            let past: Past | undefined;
            const parts: tf.Tensor[] = [];
            for (let i = 1; i < cuts.length; i++) {
              const chunk = ids(TARGET.map((row) => row.slice(cuts[i - 1], cuts[i])));
              const next = decode(model, memory, chunk, past ? { past } : {});
              if (past) freePast(past);
              ({ past } = next);
              parts.push(next.logits);
              chunk.dispose();
            }
            const joined = tf.concat(parts, 1);
            await expectClose(joined, whole, { atol: 1e-5 });
            tf.dispose([parts, joined]);
            freePast(past!);
          }),
          { numRuns: 8, examples: [[[0, 1, 2, 3, 4, 5, 6]]] },
        );
        free(memory);
        tf.dispose([whole, source]);
      }));
  });

  test('a batch of three equals three batches of one', () =>
    withAny({ architecture }, async (model) => {
      const together = logitsOf(model, SOURCE, TARGET);
      for (const i of [0, 1, 2]) {
        const alone = logitsOf(model, [SOURCE[i]!], [TARGET[i]!]);
        const part = row(together, i);
        await expectClose(part, alone, { atol: 1e-5 });
        tf.dispose([alone, part]);
      }
      together.dispose();
    }));

  test('the padding of a source is invisible, that of a target to the tokens before it', () =>
    withAny({ architecture }, async (model) => {
      const short = logitsOf(model, [[1, 8, 2]], [[1, 7, 2]]);
      const long = logitsOf(model, [[1, 8, 2, 0, 0, 0, 0]], [[1, 7, 2, 0, 0]]);
      const part = tf.tidy(() => tf.slice(long, 0, [1, 3, -1]));
      await expectClose(part, short, { atol: 1e-5 });
      tf.dispose([short, long, part]);
    }));

  test('a later target token changes nothing earlier', () =>
    withAny({ architecture }, async (model) => {
      const before = logitsOf(model, SOURCE, TARGET);
      const after = logitsOf(
        model,
        SOURCE,
        TARGET.map((row) => [...row.slice(0, 4), 10, 9]),
      );
      const [a, b] = [before, after].map((x) => tf.tidy(() => tf.slice(x, 0, [3, 4, -1])));
      await expectClose(b!, a!, { atol: 0 });
      const last = (x: tf.Tensor) => x.dataSync().slice(-11);
      expect(last(after)).not.toEqual(last(before));
      tf.dispose([before, after, a!, b!]);
    }));

  test('every token and the order of tokens matter', () =>
    withAny({ architecture }, (model) => {
      const logits = (source: number[], target: number[]) =>
        tf.tidy(() => [...logitsOf(model, [source], [target]).dataSync().slice(-11)]);
      const base = logits([1, 5, 6, 2], [1, 4, 3]);
      const differs = (source: number[], target: number[]) => {
        const change = logits(source, target).map((x, i) => Math.abs(x - base[i]!));
        expect(Math.max(...change)).toBeGreaterThan(1e-3);
      };
      differs([1, 5, 7, 2], [1, 4, 3]);
      differs([1, 6, 5, 2], [1, 4, 3]);
      differs([1, 5, 6, 2], [4, 1, 3]);
      differs([1, 5, 6, 2], [1, 5, 3]);
    }));

  test('one memory row serves the beams of its sentence', () =>
    withAny({ architecture }, async (model) => {
      const [source, twice] = [SOURCE.slice(0, 2), [SOURCE[0]!, SOURCE[0]!, SOURCE[1]!, SOURCE[1]!]];
      const beams = [TARGET[0]!, TARGET[1]!, TARGET[2]!, TARGET[0]!];
      const [few, target] = [ids(source), ids(beams)];
      const memory = encode(model, few);
      const { logits, past } = decode(model, memory, target);
      const wanted = logitsOf(model, twice, beams);
      await expectClose(logits, wanted, { atol: 1e-5 });
      free(memory);
      freePast(past);
      tf.dispose([few, target, logits, wanted]);
    }));

  test('one step at a time, with sentences of different lengths and rows that move, equals one pass', () =>
    withAny({ architecture }, async (model) => {
      const decoding = tensorDecoding(model, [
        [1, 5, 6, 7, 2],
        [1, 8, 2],
      ]);
      await decoding.step([1, 1], 1);
      decoding.select([1, 1, 0], [1, 0]);
      decoding.select([0, 2], undefined);
      const { logProbs } = await decoding.step([4, 9], 11);
      decoding.dispose();
      const wanted = tf.tidy(() => {
        const logits = logitsOf(
          model,
          [SOURCE[1]!, SOURCE[0]!],
          [
            [1, 4],
            [1, 9],
          ],
        );
        const last = tf.logSoftmax(tf.slice(logits, [0, 1, 0], [2, 1, 11]));
        return [...tf.topk(tf.reshape(last, [2, 11]), 11).values.dataSync()];
      });
      await expectClose(logProbs, wanted, { atol: 1e-5 });
    }));

  test('fewer levels are the first ones', () =>
    withAny({ architecture }, async (model) => {
      const seen: Record<string, tf.Tensor> = {};
      const logits = tf.tidy(() => {
        const tap = (name: string, x: tf.Tensor) => {
          seen[name] = tf.keep(x.clone());
        };
        const memory = encode(model, ids(SOURCE), { levels: 1 });
        decode(model, memory, ids(TARGET), { tap });
        return decode(model, memory, ids(TARGET), { levels: 2 }).logits;
      });
      const { weight, bias } = model.params.head;
      const wanted = tf.tidy(() =>
        linear({ weight: weight as tf.Tensor, bias }, seen['decoder.1.hidden'] as tf.Tensor),
      );
      await expectClose(logits, wanted, { atol: 1e-5 });
      tf.dispose([logits, wanted, seen]);
    }));
});

describe('level signals', () => {
  /** The parameters with every matrix of that name replaced by zeros, and by noise. */
  const set = (model: Seq2seq, name: 'up' | 'down', fill: (x: tf.Tensor) => tf.Tensor): Seq2seq => ({
    ...model,
    params: mapTree(model.params, (leaf, path) => (path.endsWith(`.${name}`) ? fill(leaf) : leaf)),
  });

  test('with `up` zero the encoder is a plain recurrent Transformer', () =>
    withModel({}, async (model) => {
      const [found, wanted] = tf.tidy(() => {
        const { config, params } = set(model, 'up', tf.zerosLike);
        let hidden = tf.scalar(0) as tf.Tensor;
        encode({ config, params }, ids(SOURCE), {
          tap: (name, x) => (hidden = name === 'encoder.1.hidden' ? tf.keep(x.clone()) : hidden),
        });
        return [hidden, plainEncoder({ config, params }, ids(SOURCE))] as const;
      });
      await expectClose(found, wanted, { atol: 1e-5 });
      tf.dispose([found, wanted]);
    }));

  test('with `up` zero, `down` does not matter; otherwise both do', () =>
    withModel({}, (model) => {
      const last = (model: Seq2seq) => [...logitsOf(model, SOURCE, TARGET).dataSync()];
      tf.tidy(() => {
        const silent = set(model, 'up', tf.zerosLike);
        expect(last(set(silent, 'down', (x) => tf.add(x, 1)))).toEqual(last(silent));
        expect(last(model)).not.toEqual(last(silent));
        expect(last(set(model, 'down', (x) => tf.add(x, 1)))).not.toEqual(last(model));
      });
    }));
});

/** One block passed as often as there are levels, each pass with its own norms and no signals. → [b m d] */
function plainEncoder({ config, params }: Seq2seq, source: tf.Tensor2D): tf.Tensor {
  const { shared, levels, tokens } = params.encoder;
  const [b, m] = source.shape;
  const table = tf.tensor(sinusoidalPositions(m, config.dim), [1, m, config.dim]);
  let x = tf.add(tf.reshape(tf.gather(tokens!, tf.reshape(source, [-1])), [b, m, config.dim]), table) as tf.Tensor;
  const norm = ({ weight, bias }: { weight: tf.Tensor; bias: tf.Tensor }, i: number) => ({
    weight: tf.reshape(tf.slice(weight, [i, 0], [1, -1]), [-1]),
    bias: tf.reshape(tf.slice(bias, [i, 0], [1, -1]), [-1]),
  });
  for (let i = 0; i < config.encoderLevels; i++) {
    const kv = keyValue(shared.attn, x, undefined, paddingBias(source, 0));
    x = layerNorm(norm(levels.attnNorm, i), tf.add(x, attend(shared.attn, x, kv, { heads: config.heads })));
    x = layerNorm(norm(levels.ffnNorm, i), tf.add(x, linear(shared.ffn.fc2, gelu(linear(shared.ffn.fc1, x)))));
  }
  return x;
}

describe('dropout', () => {
  test('depends only on its seed, and there is none without one', () =>
    withModel({ dropout: 0.3 }, (model) => {
      const run = (seed?: number) => tf.tidy(() => [...logitsOf(model, SOURCE, TARGET, seed).dataSync()]);
      expect(run(1)).toEqual(run(1));
      expect(run(2)).not.toEqual(run(1));
      expect(run()).not.toEqual(run(1));
      const still = { ...model, config: { ...model.config, dropout: 0 } };
      expect(tf.tidy(() => [...logitsOf(still, SOURCE, TARGET, 1).dataSync()])).toEqual(run());
    }));

  test('differs between encoder and decoder, and between levels', () =>
    withModel({ dropout: 0.5, encoderLevels: 2 }, (model) => {
      const dropped: number[][] = [];
      tf.tidy(() => {
        const tap = (name: string, x: tf.Tensor) => {
          if (name.endsWith('embed')) dropped.push([...x.dataSync()].map((value) => (value === 0 ? 0 : 1)));
        };
        const same = [[1, 5, 6, 7, 2]];
        decode(model, encode(model, ids(same), { tap, dropoutSeed: 3 }), ids(same), { tap, dropoutSeed: 3 });
      });
      expect(dropped.length).toBe(2);
      expect(dropped[0]).not.toEqual(dropped[1]);
      expect(dropped[0]).toContain(0);
    }));
});

test('embeddings are scaled by √d on request', () =>
  withModel({ bias: false }, (model) => {
    const embedded = (scaleEmbedding: boolean) => {
      const seen: number[] = [];
      const tap = (name: string, x: tf.Tensor) => {
        if (name === 'encoder.embed') seen.push(...x.dataSync());
      };
      tf.tidy(() => void encode({ ...model, config: { ...model.config, scaleEmbedding } }, ids([[4, 4]]), { tap }));
      return seen;
    };
    const token = [...model.params.encoder.tokens!.dataSync().slice(32, 40)];
    embedded(false).forEach((x, i) => expect(x).toBeCloseTo(token[i % 8]! + sinusoidalPositions(2, 8)[i]!, 5));
    embedded(true).forEach((x, i) =>
      expect(x).toBeCloseTo(token[i % 8]! * 8 ** 0.5 + sinusoidalPositions(2, 8)[i]!, 5),
    );
  }));

describe('training', () => {
  const loss = (model: Seq2seq<AnyParams>, params: AnyParams, dropoutSeed?: number) => {
    const target = ids(TARGET.map((row) => [...row.slice(1), 0]));
    const logits = logitsOf({ ...model, params }, SOURCE, TARGET, dropoutSeed);
    return crossEntropy(logits, target, { padId: 0, smoothing: 0.1 });
  };

  test.each([
    { tie: 'none', positions: 'sinusoidal', bias: true },
    { tie: 'output', positions: 'learned', bias: true },
    { tie: 'all', positions: 'sinusoidal', bias: false },
    ...Object.keys(architectures).map((architecture) => ({ architecture })),
  ] satisfies Partial<Seq2seqConfig>[])('every parameter gets a gradient: %j', (given) =>
    withAny({ ...given, dropout: 0.1 }, (model) => {
      const { value, grads } = valueAndGrads((params) => loss(model, params, 7), model.params);
      for (const [name, grad] of Object.entries(flatten(grads))) {
        const values = grad.dataSync();
        expect(values.every(Number.isFinite), name).toBe(true);
        // a key's bias adds the same to all scores of a query, which softmax does not see
        if (!/key\.bias$/.test(name)) expect(Math.max(...values.map(Math.abs)), name).toBeGreaterThan(1e-6);
      }
      value.dispose();
      disposeTree(grads);
    }),
  );

  test('forward and backward leak nothing', () =>
    withModel({ dropout: 0.1 }, async (model) => {
      const { value, grads } = valueAndGrads((params) => loss(model, params, 7), model.params);
      await value.data();
      value.dispose();
      disposeTree(grads);
    }));
});

test('tap sees every level by name', () =>
  withModel({ encoderLevels: 1, decoderLevels: 1 }, (model) => {
    const seen: Record<string, number[]> = {};
    const tap = (name: string, x: tf.Tensor) => {
      seen[name] = x.shape;
    };
    tf.tidy(() => void decode(model, encode(model, ids(SOURCE), { tap }), ids(TARGET), { tap }));
    expect(seen).toEqual({
      'encoder.embed': [3, 5, 8],
      'encoder.0.input': [3, 5, 8],
      'encoder.0.attn': [3, 2, 5, 5],
      'encoder.0.afterAttn': [3, 5, 8],
      'encoder.0.hidden': [3, 5, 8],
      'decoder.embed': [3, 6, 8],
      'decoder.0.input': [3, 6, 8],
      'decoder.0.selfAttn': [3, 2, 6, 6],
      'decoder.0.crossAttn': [3, 2, 6, 5],
      'decoder.0.afterCross': [3, 6, 8],
      'decoder.0.hidden': [3, 6, 8],
    });
  }));

test('sequences that are empty or too long are refused', () =>
  withModel({ maxLength: 4 }, (model) => {
    const refused = (work: () => unknown, message: string) => {
      expect(() => tf.tidy(() => void work())).toThrow(expect.objectContaining({ code: 'bad-shape' }));
      expect(() => tf.tidy(() => void work())).toThrow(message);
    };
    refused(
      () => encode(model, ids([[1, 2, 3, 4, 5]])),
      'source is [1,5]; expected [batch, length] with 1 to 4 tokens',
    );
    refused(() => encode(model, tf.zeros([1, 0], 'int32')), 'source is [1,0]');
    tf.tidy(() => {
      const memory = encode(model, ids([[1, 2]]));
      const { past } = decode(model, memory, ids([[1, 5, 6]]));
      expect(decode(model, memory, ids([[7]]), { past }).logits.shape).toEqual([1, 1, 11]);
      refused(() => decode(model, memory, ids([[7, 8]]), { past }), 'target is [1,2] after 3 tokens');
    });
  }));
