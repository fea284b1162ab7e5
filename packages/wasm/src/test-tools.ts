import type { FusedKernels } from '@ringformer/core/kernels';
import { findNative } from '@ringformer/native';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { enableRelaxedSimd } from '#platform';
import { wasmBackend } from './heap.ts';
import { hasRelaxedSimd, startWasm, useKernels } from './start.ts';

enableRelaxedSimd();
const relaxed = hasRelaxedSimd();
if (!relaxed) console.warn('This runtime has no relaxed SIMD, so only the plain build is tested.');

const native = findNative();
if (!native.addon) console.warn(`The native kernels are not tested: ${native.why}.`);

type Build = Parameters<typeof useKernels>[1];
const builds: readonly (readonly [string, Build])[] = [
  ['plain SIMD', { relaxedSimd: false, native: false }],
  ...(relaxed ? [['relaxed SIMD', { relaxedSimd: true, native: false }] as const] : []),
  // two threads, so that shares are tested
  ...(native.addon?.variants ?? []).map(
    ({ name }) => [`native ${name}`, { relaxedSimd: relaxed, native: true, variant: name, threads: 2 }] as const,
  ),
];

/** Runs the same tests on every build of the kernels that this machine runs, and checks that they leak no tensors. */
export function onEveryBuild(tests: () => void): void {
  describe.each(builds)('%s', (_, build) => {
    let tensors = 0;
    beforeAll(async () => {
      await startWasm();
      await useKernels(wasmBackend(), build);
      tensors = tf.memory().numTensors;
    });
    afterAll(() => expect(tf.memory().numTensors).toBe(tensors));
    tests();
  });
}

/** Numbers in [−1, 1) · scale, from a counter: the same in each run. */
export function numbers(size: number, seed: number, scale = 1): Float32Array {
  const out = new Float32Array(size);
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = (scale * state) / 2 ** 31;
  }
  return out;
}

/** Element i of an array that is long enough. */
export const get = (x: ArrayLike<number>, i: number): number => x[i]!;

/** Adds to element i. */
export function addTo(x: Float64Array, i: number, value: number): void {
  x[i] = get(x, i) + value;
}

/** Runs a fused kernel on tensors that are disposed of afterwards, and returns its outputs' numbers. */
export function fused<Name extends keyof FusedKernels>(
  name: Name,
  inputs: () => Record<string, tf.Tensor | undefined>,
  attrs: FusedKernels[Name],
): Float32Array[] {
  return tf.tidy(() => {
    const present = Object.fromEntries(Object.entries(inputs()).filter(([, x]) => x)) as tf.NamedTensorMap;
    const outputs = tf.engine().runKernel(name, present, attrs as unknown as tf.NamedAttrMap) as
      | tf.Tensor
      | tf.Tensor[];
    return [outputs].flat().map((output) => output.dataSync() as Float32Array);
  });
}

/** The error function, in float64 to 1e-15: its series near 0, else the continued fraction of erfc. */
export function erf(x: number): number {
  const t = Math.abs(x);
  if (t < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-18; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 120; n > 0; n--) fraction = n / 2 / (t + fraction);
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction));
}
