import { disposeTree, treeToRaw } from '@ringformer/core';
import { decode, encode, ringFormer } from '@ringformer/seq2seq';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { tinyModel } from '@ringformer/test-tools/translation/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startEngine } from './index.ts';

const SOURCES = [
  [1, 5, 6, 7, 2],
  [1, 8, 2],
];
const TARGETS = [
  [1, 4, 7, 3],
  [1, 5, 5, 8],
];

beforeAll(startCpu);

test.each([
  { dim: 8, heads: 2, level: 3 },
  { dim: 18, heads: 3, level: 3 },
  { dim: 8, heads: 2, level: 1 },
])('attention to the source is that of TensorFlow.js: $dim wide, level $level', async ({ dim, heads, level }) => {
  const given = tinyModel({ dim, heads }, 3);
  const maps: Record<string, number[][][][]> = {};
  const padded = tf.tensor2d([SOURCES[0] as number[], [...(SOURCES[1] as number[]), 0, 0]], [2, 5], 'int32');
  tf.tidy(() => {
    const tap = (name: string, x: tf.Tensor) => {
      if (/crossAttn$/.test(name)) maps[name] = x.arraySync() as number[][][][];
    };
    decode(given, encode(given, padded), tf.tensor2d(TARGETS, [2, 4], 'int32'), { tap });
  });
  padded.dispose();
  const wanted = maps[`decoder.${level - 1}.crossAttn`] as number[][][][]; // [b h n m]
  const model = await (await startEngine()).engine.seq2seq(given.config, await treeToRaw(given.params), ringFormer);
  const decoding = model.open(SOURCES, { rows: 2, levels: { decoder: level } });
  for (let i = 0; i < 4; i++) {
    decoding.step(
      TARGETS.map((row) => row[i] as number),
      1,
    );
    for (const [row, found] of decoding.attention().entries()) {
      expect(found.length).toBe(SOURCES[row]?.length);
      const mean = [...found].map((_, j) =>
        (wanted[row] as number[][][]).reduce((sum, head) => sum + (head[i]?.[j] as number) / heads, 0),
      );
      for (const [j, weight] of found.entries()) expect(weight).toBeCloseTo(mean[j] as number, 5);
    }
  }
  decoding.select([1], [1]);
  decoding.step([3], 1);
  expect(decoding.attention().map(({ length }) => length)).toEqual([3]);
  decoding.dispose();
  model.dispose();
  disposeTree(given.params);
});
