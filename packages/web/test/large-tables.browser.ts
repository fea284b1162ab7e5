import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHere } from './start-here.ts';

// A table of [rows, width] on a GPU whose textures hold 64 × 64 numbers: like [100000, 700] on one with 8192 × 8192.
const [ROWS, WIDTH] = [300, 32];
let size: number;

beforeAll(async () => {
  await startHere('webgl')();
  size = tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE');
  tf.env().set('WEBGL_MAX_TEXTURE_SIZE', 64);
});
afterAll(() => tf.env().set('WEBGL_MAX_TEXTURE_SIZE', size));

const values = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => Math.sin(i));
const row = (i: number) => [...values.subarray(i * WIDTH, (i + 1) * WIDTH)];
const held = () => [tf.memory().numTensors, (tf.backend() as unknown as { numDataIds(): number }).numDataIds()];

test('rows of a table larger than a texture come from all of its pieces, which are freed with it', async () => {
  const before = held();
  const table = tf.tensor2d(values, [ROWS, WIDTH]);
  const ids = [0, 31, 32, 299, 127, 128, 0];
  const index = tf.tensor2d([...ids, ...ids], [2, 7], 'int32');
  for (let again = 0; again < 2; again++) {
    const found = tf.gather(table, index);
    expect(found.shape).toEqual([2, 7, WIDTH]);
    const numbers = await found.data();
    for (const [at, id] of [...ids, ...ids].entries()) {
      expect([...numbers.subarray(at * WIDTH, (at + 1) * WIDTH)]).toEqual(row(id));
    }
    found.dispose();
  }
  tf.dispose([table, index]);
  expect(held()).toEqual(before);
});

test('the product with such a table, transposed, is the product of all its rows', async () => {
  const before = held();
  const table = tf.tensor2d(values, [ROWS, WIDTH]);
  const x = tf.tensor2d(
    Float32Array.from({ length: 3 * WIDTH }, (_, i) => Math.cos(i)),
    [3, WIDTH],
  );
  const product = tf.matMul(x, table, false, true);
  expect(product.shape).toEqual([3, ROWS]);
  const numbers = await product.data();
  let worst = 0;
  for (let i = 0; i < 3; i++) {
    for (let r = 0; r < ROWS; r++) {
      const expected = row(r).reduce((sum, y, k) => sum + y * Math.cos(i * WIDTH + k), 0);
      worst = Math.max(worst, Math.abs(numbers[i * ROWS + r]! - expected));
    }
  }
  expect(worst).toBeLessThan(1e-3);
  tf.dispose([table, x, product]);
  expect(held()).toEqual(before);
});
