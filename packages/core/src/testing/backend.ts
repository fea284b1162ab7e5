import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { treeToRaw } from '../checkpoint.ts';
import { valueAndGrads } from '../gradients.ts';
import { adamUpdate, clipScale, globalNorm, initAdam } from '../optimizer.ts';
import { disposeTree, type Tree } from '../tree.ts';
import { expectClose, withoutLeaks } from './expect.ts';
import { numericGradients } from './loops.ts';
import type { ModelCase } from './model.ts';
import { fill, type Inputs, OPERATIONS } from './operations.ts';

/** Relative to the largest number of a result: graphics processors round more coarsely. */
const TOLERANCE: Record<Backend['name'], number> = {
  cpu: 1e-5,
  wasm: 1e-5,
  tensorflow: 1e-5,
  cuda: 1e-5,
  webgl: 1e-3,
  webgpu: 1e-3,
};

type Start = () => Promise<Backend>;

/**
 * The conformance suite of a backend: operations against float64 loops, tiny models against what was recorded of them,
 * gradients and 20 updates where the backend trains, and not one tensor left behind.
 */
export function testBackend<P extends Tree>(
  name: Backend['name'],
  start: Start,
  models: readonly ModelCase<P>[] = [],
): void {
  testOperations(name, start);
  testModels(name, start, models);
}

/** Starts a backend before the tests of a `describe`. */
function started(name: Backend['name'], start: Start): () => Backend {
  let backend: Backend;
  beforeAll(async () => {
    backend = await start();
    expect(backend.name).toBe(name);
    expect(tf.getBackend()).toBe(name === 'cuda' ? 'tensorflow' : name);
  });
  return () => backend;
}

/** The part of `testBackend` that needs no model. */
export function testOperations(name: Backend['name'], start: Start): void {
  describe(`operations on ${name}`, () => {
    const backend = started(name, start);
    const rtol = TOLERANCE[name];
    for (const operation of OPERATIONS) {
      const { run, loop, shapes } = operation;
      const filled = fill(operation);
      const numbers = filled.map((x) => Float64Array.from(x));
      const apply = (inputs: Float64Array[]) => loop(inputs as Inputs<Float64Array>);
      const owned = () => filled.map((data, i) => tf.tensor(data, shapes[i]));

      test(`${operation.name}: values`, () =>
        withoutLeaks(async () => {
          const inputs = owned();
          const out = tf.tidy(() => run(inputs as Inputs<tf.Tensor>));
          await expectClose(out, apply(numbers), { atol: rtol * largest(apply(numbers)) });
          tf.dispose([inputs, out]);
        }));

      test(`${operation.name}: gradients`, async ({ skip }) => {
        skip(!backend().trains, 'this backend does not train');
        await withoutLeaks(async () => {
          const inputs = owned();
          const weigh = (i: number) => Math.cos(1 + 3 * i);
          const params = Object.fromEntries(inputs.map((x, i) => [`input${i}`, x]));
          const { value, grads } = valueAndGrads((params) => {
            const y = run(Object.values(params) as Inputs<tf.Tensor>);
            const factors = tf.tensor(
              Float32Array.from({ length: y.size }, (_, i) => weigh(i)),
              y.shape,
            );
            return tf.sum(tf.mul(y, factors)) as tf.Scalar;
          }, params);
          const sum = (inputs: Float64Array[]) => apply(inputs).reduce((total, y, i) => total + y * weigh(i), 0);
          const wanted = numericGradients(sum, numbers);
          for (const [i, want] of wanted.entries()) {
            await expectClose(grads[`input${i}`] as tf.Tensor, want, { atol: 4 * rtol * Math.max(1, largest(want)) });
          }
          tf.dispose([value, Object.values(grads), inputs]);
        });
      });
    }

    test('adamUpdate: two steps with scaled gradients, L2 and weight decay', () => withoutLeaks(() => checkAdam(rtol)));
  });
}

/** The part of `testBackend` that compares models with what was recorded of them. */
export function testModels<P extends Tree>(name: Backend['name'], start: Start, models: readonly ModelCase<P>[]): void {
  describe(`models on ${name}`, () => {
    const backend = started(name, start);
    for (const model of models) testModel(model, backend, TOLERANCE[name]);
  });
}

async function checkAdam(rtol: number): Promise<void> {
  const options = { lr: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, l2: 0.05, weightDecay: 0.02, gradScale: 0.5 };
  const start = [0.5, -1, 2, 0, 0.25, -3, 1];
  const gradient = [1, -2, 0.5, 0.125, 0, 4, -1];
  let wanted = start.map((p) => ({ p, m: 0, v: 0 }));
  for (const step of [1, 2]) {
    wanted = wanted.map(({ p, m, v }, i) => {
      const g = (gradient[i] as number) * options.gradScale + options.l2 * p;
      m = options.beta1 * m + (1 - options.beta1) * g;
      v = options.beta2 * v + (1 - options.beta2) * g * g;
      const change = m / (1 - options.beta1 ** step) / (Math.sqrt(v / (1 - options.beta2 ** step)) + options.epsilon);
      return { p: p - options.lr * options.weightDecay * p - options.lr * change, m, v };
    });
  }
  const params = { w: tf.tensor1d(start) };
  const grads = { w: tf.tensor1d(gradient) };
  const zero = initAdam(params);
  const one = adamUpdate(params, grads, zero, options);
  const two = adamUpdate(one.params, grads, one.state, options);
  expect(two.state.step).toBe(2);
  const columns = { p: two.params, m: two.state.m, v: two.state.v };
  for (const key of ['p', 'm', 'v'] as const) {
    const want = wanted.map((row) => row[key]);
    await expectClose(columns[key].w, want, { atol: rtol * largest(want) });
  }
  for (const tree of [params, grads, zero.m, zero.v, one.params, one.state.m, one.state.v, two.params])
    disposeTree(tree);
  for (const tree of [two.state.m, two.state.v]) disposeTree(tree);
}

function testModel<P extends Tree>(model: ModelCase<P>, backend: () => Backend, rtol: number): void {
  const { forward, grads: wantedGrads, training, ids } = model.recorded;
  const withParams = (work: (params: P) => Promise<void>) =>
    withoutLeaks(async () => {
      const params = model.load();
      await work(params);
      disposeTree(params);
    });

  describe(model.name, () => {
    test('every intermediate', () =>
      withParams(async (params) => {
        const found = tf.tidy(() => model.forward(params));
        expect(Object.keys(found).sort()).toEqual(Object.keys(forward).sort());
        for (const [name, want] of Object.entries(forward)) {
          await expectClose(found[name] as tf.Tensor, want, { atol: 10 * rtol }).catch((error: Error) => {
            throw new Error(`${name}: ${error.message}`);
          });
        }
        tf.dispose(Object.values(found));
      }));

    test('every gradient', async ({ skip }) => {
      skip(!backend().trains, 'this backend does not train');
      await withParams(async (params) => {
        const { value, grads } = valueAndGrads(model.loss, params);
        const found = model.rename(await treeToRaw(grads));
        for (const [name, want] of Object.entries(wantedGrads)) {
          const atol = 10 * rtol * largest(want.data) + 1e-6;
          await expectClose(found[name]?.data ?? [], want.data, { atol }).catch((error: Error) => {
            throw new Error(`${name}: ${error.message}`);
          });
        }
        value.dispose();
        disposeTree(grads);
      });
    });

    test(`${training.losses.length} updates`, async ({ skip }) => {
      skip(!backend().trains, 'this backend does not train');
      const losses: number[] = [];
      await withParams(async (loaded) => {
        let params = loaded;
        let state = initAdam(params);
        for (const _ of training.losses) {
          const { value, grads } = valueAndGrads(model.loss, params);
          const norm = globalNorm(grads);
          const [[loss], [length]] = (await Promise.all([value.data(), norm.data()])) as [Float32Array, Float32Array];
          losses.push(loss as number);
          const gradScale = clipScale(length as number, training.clipNorm);
          const next = adamUpdate(params, grads, state, { lr: training.lr, gradScale });
          tf.dispose([value, norm]);
          for (const tree of [grads, state.m, state.v, ...(params === loaded ? [] : [params])]) disposeTree(tree);
          ({ params, state } = next);
        }
        for (const tree of [params, state.m, state.v]) disposeTree(tree);
      });
      await expectClose(losses, training.losses, { atol: 0, rtol: Math.max(5e-4, rtol) });
    });

    if (!ids) return;
    test('generated ids', () =>
      withParams(async (params) => {
        expect(await model.generate?.(params)).toEqual(ids);
      }));
  });
}

function largest(numbers: ArrayLike<number>): number {
  return Array.from(numbers).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
