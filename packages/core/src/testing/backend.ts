import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { valueAndGrads } from '../gradients.ts';
import { adamUpdate, initAdam } from '../optimizer.ts';
import type { Case } from '../parity/case.ts';
import { largest } from '../parity/compare.ts';
import { disposeTree, type Tree } from '../tree.ts';
import { withoutLeaks } from './expect.ts';
import { numericGradients } from './loops.ts';
import { testModel } from './model-tests.ts';
import { type Compare, comparison } from './note.ts';
import { fill, type Inputs, OPERATIONS } from './operations.ts';

type Start = () => Promise<Backend>;

/**
 * The conformance suite of a backend: operations against float64 loops, tiny models against their recordings, gradients and
 * 20 updates if the backend trains, and no leaked tensors.
 */
export function testBackend<P extends Tree>(
  name: Backend['name'],
  start: Start,
  models: readonly Case<P>[] = [],
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
    for (const operation of OPERATIONS) {
      const { run, loop, shapes } = operation;
      const filled = fill(operation);
      const numbers = filled.map((x) => Float64Array.from(x));
      const apply = (inputs: Float64Array[]) => loop(inputs as Inputs<Float64Array>);
      const owned = () => filled.map((data, i) => tf.tensor(data, shapes[i]));

      test(`${operation.name}: values`, ({ task }) =>
        withoutLeaks(async () => {
          const compare = comparison(task, name, 'operation');
          const inputs = owned();
          const out = tf.tidy(() => run(inputs as Inputs<tf.Tensor>));
          await compare(out, apply(numbers), largest(apply(numbers)));
          tf.dispose([inputs, out]);
        }));

      test(`${operation.name}: gradients`, async ({ skip, task }) => {
        const compare = comparison(task, name, 'operationGradient');
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
            await compare(grads[`input${i}`] as tf.Tensor, want, Math.max(1, largest(want)));
          }
          tf.dispose([value, Object.values(grads), inputs]);
        });
      });
    }

    test('adamUpdate: two steps with scaled gradients, L2 and weight decay', ({ task }) =>
      withoutLeaks(() => checkAdam(comparison(task, name, 'operation'))));
  });
}

/** The part of `testBackend` that compares models with their recordings. */
export function testModels<P extends Tree>(name: Backend['name'], start: Start, models: readonly Case<P>[]): void {
  describe(`models on ${name}`, () => {
    const backend = started(name, start);
    for (const model of models) testModel(model, name, backend);
  });
}

async function checkAdam(compare: Compare): Promise<void> {
  const options = { lr: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, l2: 0.05, weightDecay: 0.02, gradScale: 0.5 };
  const start = [0.5, -1, 2, 0, 0.25, -3, 1];
  const gradient = [1, -2, 0.5, 0.125, 0, 4, -1];
  let wanted = start.map((p) => ({ p, m: 0, v: 0 }));
  for (const step of [1, 2]) {
    wanted = wanted.map(({ p, m, v }, i) => {
      const g = gradient[i]! * options.gradScale + options.l2 * p;
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
    await compare(columns[key].w, want, largest(want));
  }
  for (const tree of [params, grads, zero.m, zero.v, one.params, one.state.m, one.state.v, two.params])
    disposeTree(tree);
  for (const tree of [two.state.m, two.state.v]) disposeTree(tree);
}
