import { expectCloseNumbers } from '@ringformer/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTo, get, numbers, onEveryBuild } from './test-tools.ts';

onEveryBuild(() => {
  test('unsortedSegmentSum adds rows by id and skips ids outside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2, max: 9 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 40 }),
        (ids, segments, width) => {
          const x = numbers(ids.length * width, 1);
          const expected = new Float64Array(segments * width);
          ids.forEach((id, i) => {
            if (id < 0 || id >= segments) return;
            for (let j = 0; j < width; j++) addTo(expected, id * width + j, get(x, i * width + j));
          });
          const actual = tf.tidy(() =>
            tf.unsortedSegmentSum(tf.tensor2d(x, [ids.length, width]), tf.tensor1d(ids, 'int32'), segments).dataSync(),
          );
          expectCloseNumbers(actual, expected, 1e-6);
        },
      ),
    );
  });

  test('gather takes rows, and its gradient puts them back', () => {
    const table = [1, 2, 3, 4, 5, 6];
    const ids = [2, 0, 2, 2];
    tf.tidy(() => {
      const x = tf.tensor2d(table, [3, 2]);
      const rows = tf.gather(x, tf.tensor2d(ids, [2, 2], 'int32'));
      expect(rows.shape).toEqual([2, 2, 2]);
      expect([...rows.dataSync()]).toEqual([5, 6, 1, 2, 5, 6, 5, 6]);
      const grad = tf.grad((x) => tf.sum(tf.square(tf.gather(x, tf.tensor1d(ids, 'int32')))));
      expect([...grad(x).dataSync()]).toEqual([2, 4, 0, 0, 30, 36]);
    });
  });

  test('gather along other axes and of other types', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      expect([...tf.gather(x, tf.tensor1d([2, 0], 'int32'), 1).dataSync()]).toEqual([3, 1, 6, 4]);
      const whole = tf.tensor1d([7, 8, 9], 'int32');
      expect([...tf.gather(whole, tf.tensor1d([1], 'int32')).dataSync()]).toEqual([8]);
      expect(tf.gather(x, tf.zeros([0], 'int32')).shape).toEqual([0, 3]);
    });
  });

  test.each([3, -1])('gather refuses index %i of 3', (id) => {
    const before = tf.memory().numTensors;
    const run = () => tf.tidy(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, id], 'int32')));
    expect(run).toThrow(`the index value ${id} is not in [0, 2]: it is at position 1`);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('clones share their numbers and outlive the original', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const copy = tf.clone(x);
    x.dispose();
    expect([...copy.dataSync()]).toEqual([1, 2, 3]);
    copy.dispose();
  });
});
