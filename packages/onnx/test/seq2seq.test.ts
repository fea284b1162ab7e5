import { disposeTree, treeToRaw } from '@ringformer/core';
import { type Raw, readSafetensors } from '@ringformer/core/base';
import { expectClose } from '@ringformer/core/testing';
import { type Architecture, decode, encode, readWeights, ringFormer, type Seq2seqConfig } from '@ringformer/seq2seq';
import type { Levels } from '@ringformer/seq2seq/engine';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureConfig, fixtureFile } from '@ringformer/test-tools/translation/fixtures';
import { architectures, tinyModelOf } from '@ringformer/test-tools/translation/tiny';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, test } from 'vitest';
import { exportSeq2seq, type Seq2seqFiles } from '../src/index.ts';
import { floats, ids, open, type Program, rowsOf, type Tensors, valuesOf } from './runtime.ts';

type Rows = readonly (readonly number[])[];
type Graphs = { readonly encode: Program; readonly decode: Program; readonly config: Seq2seqConfig };

async function graphsOf(config: Seq2seqConfig, files: Seq2seqFiles): Promise<Graphs> {
  return { encode: await open(files.encoder), decode: await open(files.decoder), config };
}

/** A past of no tokens. */
function nothing({ dim, heads, decoderLevels }: Seq2seqConfig, rows: number): Tensors {
  const none = floats(new Float32Array(0), [rows, heads, 0, dim / heads]);
  const levels = Array.from({ length: decoderLevels }, (_, i) => [
    [`past.${i}.key`, none],
    [`past.${i}.value`, none],
  ]);
  return { 'past.bias': floats(new Float32Array(0), [rows, 0]), ...Object.fromEntries(levels.flat()) };
}

/** Logits [n v] of each row of target, which is read `chunk` tokens at a time. */
async function logits({ encode, decode, config }: Graphs, source: Rows, target: Rows, chunk: number) {
  const memory = await encode({ ids: ids(source) });
  const found = target.map((): number[] => []);
  let past = nothing(config, target.length);
  for (let at = 0; at < (target[0]?.length ?? 0); at += chunk) {
    const now = target.map((row) => row.slice(at, at + chunk));
    const { logits, ...present } = await decode({ ids: ids(now), ...memory, ...past });
    const values = valuesOf(logits as Tensor);
    const each = values.length / target.length;
    for (const [i, row] of found.entries()) row.push(...values.slice(i * each, (i + 1) * each));
    past = Object.fromEntries(Object.entries(present).map(([name, x]) => [name.replace('present', 'past'), x]));
  }
  return found;
}

describe.each(FIXTURES)('%s', (name) => {
  const config = fixtureConfig(name);
  const weights = readWeights(config, fixtureFile(name, 'weights.safetensors'), architectures[config.architecture]);
  const recorded = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as Record<string, Raw>;
  const [source, target] = [rowsOf(recorded.src as Raw), rowsOf(recorded.trg as Raw)];

  test('returns the recorded logits, in one pass and token by token', async () => {
    const graphs = await graphsOf(
      config,
      exportSeq2seq(config, weights, architectures[config.architecture] as Architecture),
    );
    for (const chunk of [Number.POSITIVE_INFINITY, 1, 2]) {
      const found = await logits(graphs, source, target, chunk);
      await expectClose(found.flat(), [...(recorded.logits as Raw).data], { atol: 1e-4 });
    }
  });
});

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

async function tinyGraphs(given: Partial<Seq2seqConfig>, levels: Levels = {}) {
  const model = tinyModelOf(given, 5);
  const files = exportSeq2seq(model.config, await treeToRaw(model.params), model.architecture ?? ringFormer, {
    levels,
  });
  const { encoder: encoderLevels = model.config.encoderLevels, decoder: decoderLevels = model.config.decoderLevels } =
    levels;
  const want = tf.tidy(() => {
    const memory = encode(model, tf.tensor2d(PADDED, undefined, 'int32'), { levels: encoderLevels });
    const { logits } = decode(model, memory, tf.tensor2d(TARGET, undefined, 'int32'), { levels: decoderLevels });
    return [...logits.dataSync()];
  });
  disposeTree(model.params);
  return { want, graphs: await graphsOf({ ...model.config, encoderLevels, decoderLevels }, files) };
}

describe('equal to the operations of TensorFlow.js', () => {
  beforeAll(startCpu);
  const variants: Partial<Seq2seqConfig>[] = [
    ...Object.keys(architectures).map((architecture) => ({ architecture })),
    { bias: false, positions: 'learned' },
    { tie: 'output', scaleEmbedding: true },
    { tie: 'all', scaleEmbedding: true },
    { dim: 18, heads: 3, mlpDim: 20, rank: 3, encoderLevels: 1, decoderLevels: 1 },
  ];
  test.each(variants)('%j, and a sentence by itself as among longer ones', async (given) => {
    const { want, graphs } = await tinyGraphs(given);
    const found = await logits(graphs, PADDED, TARGET, 2);
    await expectClose(found.flat(), want, { atol: 1e-4 });
    for (const [i, row] of SOURCE.entries()) {
      const [alone] = await logits(graphs, [row], [TARGET[i] as number[]], 5);
      await expectClose(alone as number[], found[i] as number[], { atol: 1e-4 });
    }
  });

  test.each(Object.keys(architectures))('%s, cut to fewer levels', async (architecture) => {
    const { want, graphs } = await tinyGraphs({ architecture }, { encoder: 1, decoder: 2 });
    await expectClose((await logits(graphs, PADDED, TARGET, 5)).flat(), want, { atol: 1e-4 });
  });
});
