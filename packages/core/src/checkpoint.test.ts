import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { rawToTensors, treeToRaw } from './checkpoint.ts';
import { exportNames, importNames, type NameTable } from './names.ts';
import type { Raw } from './safetensors.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

const raw = (shape: number[], data: number[]): Raw => ({ dtype: 'F32', shape, data: Float32Array.from(data) });
const TABLE: NameTable = [
  ['levels.norm', 'norms.{i}.weight'],
  ['shared.weight', 'layer.weight'],
  ['shared.bias', 'layer.bias'],
];
const THEIRS = {
  'layer.weight': raw([1, 2], [1, 2]),
  'norms.0.weight': raw([2], [3, 4]),
  'norms.1.weight': raw([2], [5, 6]),
};
const OURS = { 'levels.norm': raw([2, 2], [3, 4, 5, 6]), 'shared.weight': raw([1, 2], [1, 2]) };

test('names are translated and levels stacked, and back', () => {
  expect(importNames(TABLE, THEIRS)).toEqual(OURS);
  expect(exportNames(TABLE, OURS)).toEqual(THEIRS);
});

test('levels that we keep separate are renamed one by one, and back', () => {
  const table: NameTable = [['levels.{i}.norm', 'norms.{i}.weight']];
  const theirs = { 'norms.0.weight': raw([2], [3, 4]), 'norms.1.weight': raw([3], [5, 6, 7]) };
  const ours = { 'levels.0.norm': raw([2], [3, 4]), 'levels.1.norm': raw([3], [5, 6, 7]) };
  expect(importNames(table, theirs)).toEqual(ours);
  expect(exportNames(table, ours)).toEqual(theirs);
});

test("wrappers' prefixes are stripped", () => {
  const wrapped = Object.entries(THEIRS).map(([name, value]) => [`module._orig_mod.${name}`, value]);
  expect(importNames(TABLE, Object.fromEntries(wrapped))).toEqual(OURS);
});

test('what the table does not know, and levels after a gap, stay as they are', () => {
  const { 'norms.1.weight': level, ...rest } = THEIRS;
  const found = importNames(TABLE, { ...rest, 'norms.2.weight': level, odd: level });
  expect(found).toEqual({
    'levels.norm': raw([1, 2], [3, 4]),
    'shared.weight': THEIRS['layer.weight'],
    'norms.2.weight': level,
    odd: level,
  });
});

test('levels of different shapes are refused', () => {
  const odd = { ...THEIRS, 'norms.1.weight': raw([3], [5, 6, 7]) };
  expect(() => importNames(TABLE, odd)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
  expect(() => importNames(TABLE, odd)).toThrow('levels.norm: level 0 is [2], level 1 is [3]');
});

test('tensors to raw numbers and back', () =>
  withoutLeaks(async () => {
    const tree = { a: tf.tensor2d([[1, 2]]), b: { c: tf.scalar(3) } };
    const found = await treeToRaw(tree, 'F16');
    expect(found).toEqual({ a: { ...raw([1, 2], [1, 2]), dtype: 'F16' }, 'b.c': { ...raw([], [3]), dtype: 'F16' } });
    const tensors = tf.tidy(() => rawToTensors({ ...found, i: { ...raw([1], []), data: Int32Array.of(7) } }));
    await expectClose(tensors.a!, tree.a);
    expect(tensors.i!.dtype).toBe('int32');
    tf.dispose(tensors);
    disposeTree(tree);
  }));

test('NaN and infinity are refused, with their place', () =>
  withoutLeaks(() => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const load = () => rawToTensors({ good: raw([1], [1]), bad: raw([3], [1, x, 2]) });
      expect(load).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
      expect(load).toThrow(`bad holds ${x} at position 1`);
    }
  }));
