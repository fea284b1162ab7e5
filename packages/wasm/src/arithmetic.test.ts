import { expectCloseNumbers } from '@ringformer/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { numbers, onEveryBuild } from './test-tools.ts';

const float = (shape: number[], seed: number) => tf.tensor(numbers(tf.util.sizeFromShape(shape), seed), shape);

onEveryBuild(() => {
  describe('add, sub and mul', () => {
    const operations = [
      { run: tf.add, of: (x: number, y: number) => x + y },
      { run: tf.sub, of: (x: number, y: number) => x - y },
      { run: tf.mul, of: (x: number, y: number) => x * y },
    ];
    const shapes: [number[], number[]][] = [
      [[], []],
      [[7], []],
      [[5, 3], [3]],
      [[5, 3], [1]],
      [
        [5, 3],
        [1, 3],
      ],
      [
        [3, 17],
        [3, 17],
      ],
      [
        [2, 3, 17],
        [3, 17],
      ],
      [[2, 5, 1000], [1000]],
      [
        [300, 100],
        [300, 100],
      ],
      // these two repeat in the middle, or both
      [
        [5, 3],
        [5, 1],
      ],
      [
        [5, 1],
        [1, 3],
      ],
      [[1, 1, 4], [4]],
      [
        [0, 3],
        [1, 3],
      ],
    ];

    test.each(shapes)('[%s] and [%s], either way round', (one, other) => {
      for (const [shapeA, shapeB] of [
        [one, other],
        [other, one],
      ] as const) {
        tf.tidy(() => {
          const [a, b] = [float(shapeA, 1), float(shapeB, 2)];
          const shape = tf.broadcast_util.assertAndGetBroadcastShape(shapeA, shapeB);
          // the numbers of both, spread out
          const [x, y] = [a, b].map((tensor) => tf.broadcastTo(tensor, shape).dataSync()) as [
            Float32Array,
            Float32Array,
          ];
          for (const { run, of } of operations) {
            const actual = run(a, b);
            expect(actual.shape).toEqual(shape);
            if (actual.size === 0) continue;
            const expected = x.map((value, i) => Math.fround(of(value, y[i]!)));
            expect([...actual.dataSync()]).toEqual([...expected]);
          }
        });
      }
    });

    test('integers, and integers with floats', () => {
      tf.tidy(() => {
        const ids = tf.tensor1d([1, 2, 2 ** 30], 'int32');
        expect([...tf.add(ids, ids).dataSync()]).toEqual([2, 4, -(2 ** 31)]);
        const mixed = tf.mul(ids, tf.scalar(0.5));
        expect(mixed.dtype).toBe('float32');
        expect([...mixed.dataSync()]).toEqual([0.5, 1, 2 ** 29]);
      });
    });
  });

  test('square', () => {
    tf.tidy(() => {
      const x = float([3, 7000], 1);
      expect([...tf.square(x).dataSync()]).toEqual([...x.dataSync()].map((value) => Math.fround(value * value)));
      expect([...tf.square(tf.tensor1d([3, -4], 'int32')).dataSync()]).toEqual([9, 16]);
    });
  });

  describe('sum', () => {
    const sizes = [
      { shape: [1], axes: undefined },
      { shape: [2, 3, 5], axes: undefined },
      { shape: [2, 3, 5], axes: [2] },
      { shape: [2, 3, 5], axes: [-1, 1] },
      { shape: [2, 3, 5], axes: [0] },
      { shape: [2, 3, 5], axes: [0, 2] },
      { shape: [40, 4097], axes: [1] },
      { shape: [13, 10_001], axes: undefined },
      { shape: [0, 3], axes: [1] },
      { shape: [3, 0], axes: [1] },
    ];
    test.each(sizes)('of [$shape] over $axes', ({ shape, axes }) => {
      tf.tidy(() => {
        const x = float(shape, 3);
        const over = (axes ?? shape.map((_, axis) => axis)).map((axis) => (axis + shape.length) % shape.length);
        const kept = shape.filter((_, axis) => !over.includes(axis));
        const expected = new Float64Array(tf.util.sizeFromShape(kept));
        const strides = tf.util.computeStrides(kept);
        x.dataSync().forEach((value, index) => {
          const place = tf.util.indexToLoc(index, shape.length, [...tf.util.computeStrides(shape)]);
          const to = place.filter((_, axis) => !over.includes(axis));
          expected[tf.util.locToIndex(to, to.length, [...strides])]! += value;
        });
        const actual = tf.sum(x, axes);
        expect(actual.shape).toEqual(kept);
        expectCloseNumbers(actual.dataSync(), expected, 2e-4); // the stock kernel adds one number after the other
        const ones = tf.sum(x, axes, true);
        expect(ones.shape).toEqual(shape.map((size, axis) => (over.includes(axis) ? 1 : size)));
        expect([...ones.dataSync()]).toEqual([...actual.dataSync()]);
      });
    });
  });

  test('transpose, whether or not anything moves', () => {
    tf.tidy(() => {
      const x = float([2, 1, 3], 1);
      const flat = [...x.dataSync()];
      const moves: [number[], number[], number[]][] = [
        [[0, 1, 2], [2, 1, 3], flat],
        [[1, 0, 2], [1, 2, 3], flat],
        [[0, 2, 1], [2, 3, 1], flat],
        [[2, 1, 0], [3, 1, 2], [0, 3, 1, 4, 2, 5].map((i) => flat[i]!)],
      ];
      for (const [perm, shape, expected] of moves) {
        const y = tf.transpose(x, perm);
        expect(y.shape).toEqual(shape);
        expect([...y.dataSync()]).toEqual(expected);
        y.dispose();
      }
      expect([...x.dataSync()]).toEqual(flat);
    });
  });
});
