import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { get, numbers, onEveryBuild } from './test-tools.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
const dtypes = fc.constantFrom<tf.NumericDataType>('float32', 'int32', 'bool');

/** Values of a dtype, and which element is at an index. */
function values(shape: number[], dtype: tf.NumericDataType, seed: number): number[] {
  const map = {
    float32: (x: number) => x,
    int32: (x: number) => Math.trunc(x * 1e6),
    bool: (x: number) => (x > 0 ? 1 : 0),
  };
  return [...numbers(tf.util.sizeFromShape(shape), seed)].map(map[dtype as 'int32']);
}
const at = (shape: number[], index: number[]) => index.reduce((sum, i, axis) => sum * get(shape, axis) + i, 0);
const locations = (shape: number[]) =>
  Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    tf.util.indexToLoc(i, shape.length, tf.util.computeStrides(shape)),
  );

onEveryBuild(() => {
  test('slice', () => {
    fc.assert(
      fc.property(shapes, dtypes, fc.infiniteStream(fc.nat(4)), (shape, dtype, random) => {
        const next = () => get([...random.take(1)], 0);
        const begin = shape.map((n) => next() % n);
        const size = shape.map((n, axis) => 1 + (next() % (n - get(begin, axis))));
        const x = values(shape, dtype, 1);
        const actual = tf.tidy(() => {
          const part = tf.slice(tf.tensor(x, shape, dtype), begin, size);
          expect([part.shape, part.dtype]).toEqual([size, dtype]);
          return [...part.dataSync()];
        });
        const expected = locations(size).map((index) =>
          get(
            x,
            at(
              shape,
              index.map((i, axis) => i + get(begin, axis)),
            ),
          ),
        );
        expect(actual).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('unstack, stack and concat, along any axis', () => {
    fc.assert(
      fc.property(shapes, dtypes, fc.nat(4), (shape, dtype, which) => {
        const axis = which % shape.length;
        const x = values(shape, dtype, 2);
        tf.tidy(() => {
          const whole = tf.tensor(x, shape, dtype);
          const parts = tf.unstack(whole, axis);
          expect(parts.length).toBe(shape[axis]);
          parts.forEach((part, i) => {
            expect(part.shape).toEqual(shape.filter((_, other) => other !== axis));
            const expected = locations(shape).flatMap((index, from) => (index[axis] === i ? [get(x, from)] : []));
            expect([...part.dataSync()]).toEqual(expected);
          });
          const again = tf.stack(parts, axis);
          expect([again.shape, again.dtype]).toEqual([shape, dtype]);
          expect([...again.dataSync()]).toEqual(x);
          const cut = Math.floor(get(shape, axis) / 2);
          const sizes = (n: number) => shape.map((size, other) => (other === axis ? n : size));
          const rest = shape.map((_, other) => (other === axis ? cut : 0));
          const joined = tf.concat(
            [
              tf.slice(
                whole,
                shape.map(() => 0),
                sizes(cut),
              ),
              tf.slice(whole, rest, sizes(get(shape, axis) - cut)),
            ],
            axis,
          );
          expect([...joined.dataSync()]).toEqual(x);
        });
      }),
      { numRuns: 150 },
    );
  });

  test('stacks along a last, new axis', () => {
    const out = tf.tidy(() => tf.stack([tf.tensor1d([1, 2]), tf.tensor1d([3, 4])], -1).dataSync());
    expect([...out]).toEqual([1, 3, 2, 4]);
  });

  test('stack refuses tensors of several types, concat converts to the type of the first', () => {
    const [floats, ints, bools] = [tf.tensor1d([1.5, 2]), tf.tensor1d([3, 4], 'int32'), tf.tensor1d([true, false])];
    expect(() => tf.stack([floats, ints])).toThrow(/matching dtypes/);
    expect(() => tf.stack([ints, bools])).toThrow(/matching dtypes/);
    const joined = (...tensors: tf.Tensor1D[]) => tf.tidy(() => [...tf.concat1d(tensors).dataSync()]);
    expect(joined(floats, ints)).toEqual([1.5, 2, 3, 4]);
    expect(joined(floats, bools)).toEqual([1.5, 2, 1, 0]);
    expect(joined(ints, floats)).toEqual([3, 4, 1, 2]);
    tf.dispose([floats, ints, bools]);
  });
});
