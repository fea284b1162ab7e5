import { MASKED } from '@ringformer/core';
import { loops } from '@ringformer/core/testing';
import { expect, test } from 'vitest';
import { GOLDEN, type SelfTestName } from './golden.ts';
import { numbers, ROWS, SEEN } from './self-test.ts';

const random = (count: number, seed: number) => Float64Array.from(numbers(count, seed));
const plus = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!);

/** x [r 8] → (x·downᵀ)·up of level i, with down and up [2 2 8]. */
function signal(x: Float64Array, seed: number, level: number): Float64Array {
  const [down, up] = [seed, seed + 100].map((s) => random(32, s).subarray(16 * level, 16 * level + 16));
  const read = loops.linear(x, down as Float64Array, 8);
  const across = Float64Array.from({ length: 16 }, (_, at) => (up as Float64Array)[(at % 2) * 8 + Math.floor(at / 2)]!);
  return loops.linear(read, across, 2);
}

/** The levels of the self-test's ring, as loops. */
function ringOfTwo(): Float64Array {
  const linear = (x: Float64Array, out: number, inner: number, seed: number) =>
    loops.linear(x, random(out * inner, seed), inner, random(out, seed + 100));
  const sizes = { b: 1, n: 3, m: 3, heads: 2, dim: 8, causal: false };
  return [0, 1].reduce<Float64Array>(
    (x, i) => {
      const norm = (y: Float64Array, seed: number) =>
        loops.layerNorm(
          y,
          random(16, seed).subarray(8 * i, 8 * i + 8),
          random(16, seed + 100).subarray(8 * i, 8 * i + 8),
          1e-5,
        );
      const [query, key, value] = [20, 21, 22].map((seed) => plus(linear(x, 8, 8, seed), signal(x, seed + 10, i))) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const attended = linear(loops.attention([query, key, value], undefined, sizes).out, 8, 8, 23);
      const read = norm(plus(x, attended), 34);
      const fed = linear(loops.gelu(linear(plus(read, signal(read, 33, i)), 16, 8, 24)), 8, 16, 25);
      return norm(plus(read, fed), 35);
    },
    random(24, 36),
  );
}

function gradients(): Float64Array {
  const rows = [4, 0, 4, 2];
  const loss = ([table, weight]: Float64Array[]) => {
    const gathered = Float64Array.from(rows.flatMap((row) => [...table!.subarray(4 * row, 4 * row + 4)]));
    return loops.linear(gathered, weight!, 4).reduce((sum, y) => sum + y * y, 0);
  };
  const [table, weight] = loops.numericGradients(loss, [random(20, 40), random(12, 41)]);
  return Float64Array.from([...table!, ...weight!]);
}

const sizes = { b: 1, n: 5, m: 5, heads: 2, dim: 8, causal: true };
const bias = SEEN.map((seen) => (seen ? 0 : MASKED));
const table = random(20000, 10);
const FLOAT64: Record<SelfTestName, Float64Array> = {
  'matmul of depth 2048': loops.linear(random(8192, 1), random(8192, 2), 2048),
  'softmax under a mask': loops.attention([random(40, 3), random(40, 4), random(40, 5)], bias, sizes).out,
  'layer norm': loops.layerNorm(
    random(32, 8).map((x) => Math.fround(x + 100)),
    random(16, 6),
    random(16, 7),
    1e-5,
  ),
  gelu: loops.gelu(random(16, 9).map((x) => x * 4)),
  gather: Float64Array.from(ROWS.flatMap((row) => [...table.subarray(4 * row, 4 * row + 4)])),
  'one ring of two levels': ringOfTwo(),
  'gradients of gather and matmul': gradients(),
};

test('the golden values are those of float64', () => {
  for (const [name, expected] of Object.entries(FLOAT64)) {
    const { values } = GOLDEN[name as SelfTestName];
    expect(values.length, name).toBe(expected.length);
    values.forEach((value, i) => expect(value, `${name} [${i}]`).toBeCloseTo(expected[i]!, 6));
  }
});
