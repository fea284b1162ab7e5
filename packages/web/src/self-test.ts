import {
  attend,
  feedForward,
  gelu,
  keyValue,
  layerNorm,
  MASKED,
  project,
  randomUniform,
  ring,
  scaledDotProduct,
  valueAndGrads,
} from '@ringformer/core';
import { attentionSignals, withSignal } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import { GOLDEN, type SelfTestName } from './golden.ts';

/** One computation of the self-test. `deviation`: the largest difference from float64, or NaN if a number is NaN. */
export type SelfTestCheck = {
  readonly name: SelfTestName;
  readonly deviation: number;
  readonly allowed: number;
};
export type SelfTestReport = { readonly passed: boolean; readonly checks: readonly SelfTestCheck[] };

/** `count` numbers in (−1, 1) that both float32 and float64 represent exactly. */
export function numbers(count: number, seed: number): Float32Array {
  return randomUniform(count, seed).map((x) => 2 * x - 1);
}

const random = (shape: number[], seed: number) => tf.tensor(numbers(tf.util.sizeFromShape(shape), seed), shape);

/** Rows of a table that half precision cannot tell from their neighbours. */
export const ROWS = [2049, 4095, 1, 4097, 2049];
/** Which keys every query may see. */
export const SEEN = [true, true, false, true, false];

/** The computations, under the names of their golden values. golden.test.ts computes the same in float64. */
const CHECKS: Record<SelfTestName, () => tf.Tensor> = {
  'matmul of depth 2048': () => tf.matMul(random([4, 2048], 1), random([4, 2048], 2), false, true),
  'softmax under a mask': () => {
    const bias = tf.tensor2d([SEEN.map((seen) => (seen ? 0 : MASKED))]);
    const [query, key, value] = [random([1, 5, 8], 3), random([1, 5, 8], 4), random([1, 5, 8], 5)];
    return scaledDotProduct(query, { key, value, bias }, { heads: 2, causal: true });
  },
  'layer norm': () => layerNorm({ weight: random([16], 6), bias: random([16], 7) }, tf.add(random([2, 16], 8), 100)),
  gelu: () => gelu(tf.mul(random([16], 9), 4)),
  gather: () => tf.gather(random([5000, 4], 10), tf.tensor1d(ROWS, 'int32')),
  'one ring of two levels': ringOfTwo,
  'gradients of gather and matmul': gatherGradient,
};

/** Post-norm levels, like the encoder's. → [1 3 8] */
function ringOfTwo(): tf.Tensor {
  const linear = (out: number, inner: number, seed: number) => ({
    weight: random([out, inner], seed),
    bias: random([out], seed + 100),
  });
  const attn = { query: linear(8, 8, 20), key: linear(8, 8, 21), value: linear(8, 8, 22), out: linear(8, 8, 23) };
  const ffn = { fc1: linear(16, 8, 24), fc2: linear(8, 16, 25) };
  const signal = (seed: number) => ({ down: random([2, 2, 8], seed), up: random([2, 2, 8], seed + 100) });
  const norm = (seed: number) => ({ weight: random([2, 8], seed), bias: random([2, 8], seed + 100) });
  const levels = {
    signals: { query: signal(30), key: signal(31), value: signal(32), ffn: signal(33) },
    attnNorm: norm(34),
    ffnNorm: norm(35),
  };
  return ring(levels, random([1, 3, 8], 36), (x, { signals, attnNorm, ffnNorm }) => {
    const added = attentionSignals(signals, x);
    const attended = attend(attn, x, keyValue(attn, x, added), { heads: 2 }, added);
    const read = layerNorm(attnNorm, x, { residual: attended });
    return layerNorm(ffnNorm, read, { residual: feedForward(ffn, withSignal(signals.ffn, read)) });
  });
}

/** The gradient of Σ (table[rows]·Wᵀ)² with respect to table [5 4] and W [3 4] → [8 4] */
function gatherGradient(): tf.Tensor {
  const params = { table: random([5, 4], 40), weight: random([3, 4], 41) };
  const rows = tf.tensor1d([4, 0, 4, 2], 'int32');
  const loss = ({ table, weight }: typeof params) =>
    tf.sum(tf.square(project(weight, tf.gather(table, rows)))) as tf.Scalar;
  const { grads } = valueAndGrads(loss, params);
  return tf.concat([grads.table, grads.weight], 0);
}

/** Flags that make TensorFlow.js compute small tensors on the processor. They are off here, to test the GPU. */
const FORWARDING = ['WEBGL_CPU_FORWARD', 'WEBGPU_CPU_FORWARD'];

/**
 * Computes a little of everything that a model needs on the current backend and compares it with float64. This catches GPUs
 * that round to half precision or read wrong indices, and drivers that miscompile.
 */
export async function selfTest(): Promise<SelfTestReport> {
  const flags = FORWARDING.filter(flagExists);
  const before = flags.map((flag) => tf.env().getBool(flag));
  for (const flag of flags) tf.env().set(flag, false);
  const checks: SelfTestCheck[] = [];
  try {
    for (const [name, { allowed, values }] of Object.entries(GOLDEN)) {
      const out = tf.tidy(CHECKS[name as SelfTestName]);
      const found = await out.data();
      out.dispose();
      const deviation = values.reduce((most, x, i) => worse(most, Math.abs(found[i]! - x)), 0);
      checks.push({ name: name as SelfTestName, deviation, allowed });
    }
  } finally {
    flags.forEach((flag, i) => tf.env().set(flag, before[i] as boolean));
  }
  return { passed: checks.every(({ deviation, allowed }) => deviation <= allowed), checks };
}

/** The larger of two; NaN is largest. */
const worse = (a: number, b: number) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b));

function flagExists(flag: string): boolean {
  try {
    tf.env().get(flag);
    return true;
  } catch {
    return false;
  }
}

/** 'matmul of depth 2048 is off by 0.31 (at most 0.0005 is allowed)', for each check that failed. */
export function describeFailure({ checks }: SelfTestReport): string {
  return checks
    .filter(({ deviation, allowed }) => !(deviation <= allowed))
    .map(
      ({ name, deviation, allowed }) => `${name} is off by ${deviation.toPrecision(2)} (at most ${allowed} is allowed)`,
    )
    .join('; ');
}
