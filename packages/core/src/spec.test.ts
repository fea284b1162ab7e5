import { startCpu } from '@ringformer/test-tools/start-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { fitTree, initTree } from './init.ts';
import { countSpec, flattenSpec, normal, ones, type Spec, type SpecOf, uniform, zeros } from './spec.ts';
import { expectClose, withoutLeaks } from './testing/expect.ts';
import { disposeTree } from './tree.ts';

beforeAll(startCpu);

type Small = { a: { weight: tf.Tensor; bias?: tf.Tensor }; b: tf.Tensor };
const weight: Spec = { shape: [2, 3], init: normal(1) };
const spec = { a: { weight, bias: undefined }, b: { shape: [4], init: ones } };

test('counts without allocating anything', () =>
  withoutLeaks(() => {
    expect(flattenSpec(spec).map(([name]) => name)).toEqual(['a.weight', 'b']);
    expect(countSpec(spec)).toBe(10);
    expect(countSpec({ huge: { shape: [2 ** 20, 2 ** 20], init: zeros } })).toBe(2 ** 40);
  }));

test('the same seed gives the same numbers, whatever the neighbours', () =>
  withoutLeaks(async () => {
    const one = initTree<Small>(spec, 7);
    const other = initTree<{ first: tf.Tensor } & Small>({ first: weight, ...spec }, 7);
    const third = initTree<Small>(spec, 8);
    await expectClose(other.a.weight, one.a.weight, { atol: 0 });
    await expectClose(one.b, [1, 1, 1, 1]);
    const values = [one.a.weight, other.first, third.a.weight].map((x) => x.dataSync()[0]);
    expect(new Set(values).size).toBe(3);
    for (const tree of [one, other, third]) disposeTree(tree);
  }));

test('initial values have the distribution they claim', () => {
  const drawn = normal(0.5)(20_000, 3);
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
  const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
  expect(mean).toBeCloseTo(0, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  expect(drawn.filter((x) => Math.abs(x) > 1).length / drawn.length).toBeCloseTo(0.0455, 2); // beyond 2σ
  const even = uniform(0.25)(20_000, 3);
  expect(Math.max(...even)).toBeCloseTo(0.25, 3);
  expect(Math.min(...even)).toBeCloseTo(-0.25, 3);
  expect(even.filter((x) => x < 0.125).length / even.length).toBeCloseTo(0.75, 1);
});

test('a checkpoint that does not fit is refused with everything at once', () =>
  withoutLeaks(() => {
    const flat = { 'a.weight': tf.zeros([3, 2]), c: tf.zeros([1]), d: tf.zeros([2]), b: tf.zeros([4], 'int32') };
    const { b, ...without } = flat;
    const load = (flat: Record<string, tf.Tensor>) => fitTree<Small>('a small tree', spec, flat);
    expect(() => load(without)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }));
    expect(() => load(without)).toThrow(
      '[ringformer/core] The checkpoint does not fit a small tree:\n' +
        '  - b [4] is in the model but not in the checkpoint\n' +
        '  + c [1] is in the checkpoint but not in the model\n' +
        '  + d [2] is in the checkpoint but not in the model\n' +
        '  ~ a.weight is [3,2] in the checkpoint, [2,3] in the model',
    );
    expect(() => load({ 'a.weight': flat['a.weight'], b })).toThrow(
      'b is int32 in the checkpoint, float32 in the model',
    );
    tf.dispose(Object.values(flat));
  }));

test('a checkpoint that fits becomes the tree', () =>
  withoutLeaks(() => {
    const flat = { b: tf.zeros([4]), 'a.weight': tf.zeros([2, 3]) };
    const tree = tf.tidy(() => fitTree<Small>('a small tree', spec, flat));
    expect(tree.a.weight).toBe(flat['a.weight']);
    expect(Object.keys(tree)).toEqual(['a', 'b']);
    disposeTree(tree);
  }));

test('the parameters of a spec have its form, in types too', () =>
  withoutLeaks(() => {
    const written = {
      shared: { weight: { shape: [2, 2], init: ones } },
      levels: { bias: { shape: [3, 2], init: zeros } },
    };
    const params = initTree(written, 1);
    expectTypeOf(params).toEqualTypeOf<{
      readonly shared: { readonly weight: tf.Tensor };
      readonly levels: { readonly bias: tf.Tensor };
    }>();
    expect(params.levels.bias.shape).toEqual([3, 2]);
    const declared: SpecOf<Small> = spec;
    const small = initTree(declared, 1);
    expectTypeOf(small.a.weight).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(small.a.bias).toEqualTypeOf<tf.Tensor | undefined>();
    for (const tree of [params, small]) disposeTree(tree);
  }));
