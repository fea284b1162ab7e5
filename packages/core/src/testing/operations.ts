import * as tf from '@tensorflow/tfjs-core';
import { extend, paddingBias, scaledDotProduct } from '../attention.ts';
import { tokenLosses } from '../loss.ts';
import { MASKED } from '../mask.ts';
import { dropout, gelu, layerNorm, linear, logSoftmax, project } from '../nn.ts';
import { globalNorm } from '../optimizer.ts';
import { dropoutMask, randomNormal } from '../random.ts';
import { ring } from '../ring.ts';
import * as loops from './loops.ts';

/** One operation: its inputs, what TensorFlow.js computes from them, and what float64 loops do. */
export type Operation = {
  readonly name: string;
  /** Float inputs, filled with N(0, 1) · scale; the operation is differentiated with respect to each. */
  readonly shapes: readonly number[][];
  readonly scale?: number;
  readonly run: (inputs: Inputs<tf.Tensor>) => tf.Tensor;
  readonly loop: (inputs: Inputs<Float64Array>) => Float64Array;
};
/** One for each of the operation's shapes. */
export type Inputs<T> = [T, T, T, T];

/** Numbers that are the same in float32 and float64. */
export function fill({ shapes, scale = 1 }: Operation): Float32Array[] {
  return shapes.map((shape, i) => randomNormal(tf.util.sizeFromShape(shape), 100 + i).map((x) => x * scale));
}

const masked = (x: Float64Array, rate: number, seed: number) => {
  const mask = dropoutMask(x.length, rate, seed);
  return x.map((value, i) => value * mask[i]!);
};
const plus = (x: Float64Array, y: Float64Array) => x.map((value, i) => value + y[i]!);

const DROP = { rate: 0.3, seed: 77 };

function linears(rows: number, inner: number, out: number): Operation[] {
  const size = `${rows}×${inner}→${out}`;
  return [
    {
      name: `linear ${size}`,
      shapes: [[1, rows, inner], [out, inner], [out]],
      run: ([x, weight, bias]) => linear({ weight, bias }, x),
      loop: ([x, w, b]) => loops.linear(x, w, inner, b),
    },
    {
      name: `project ${size}`,
      shapes: [
        [rows, inner],
        [out, inner],
      ],
      run: ([x, weight]) => project(weight, x),
      loop: ([x, w]) => loops.linear(x, w, inner),
    },
  ];
}

function rowwise(rows: number, d: number): Operation[] {
  const shape = [rows, d];
  return [
    {
      name: `layerNorm ${rows}×${d}`,
      shapes: [shape, [d], [d]],
      run: ([x, weight, bias]) => layerNorm({ weight, bias }, x, { epsilon: 0.01 }),
      loop: ([x, w, b]) => loops.layerNorm(x, w, b, 0.01),
    },
    {
      name: `layerNorm of x + dropout(residual) ${rows}×${d}`,
      shapes: [shape, [d], [d], shape],
      run: ([x, weight, bias, residual]) => layerNorm({ weight, bias }, x, { residual, drop: DROP }),
      loop: ([x, w, b, residual]) => loops.layerNorm(plus(x, masked(residual, DROP.rate, DROP.seed)), w, b, 1e-5),
    },
    {
      name: `gelu ${rows}×${d}`,
      shapes: [shape],
      scale: 2.5,
      run: ([x]) => gelu(x),
      loop: ([x]) => loops.gelu(x),
    },
    {
      name: `dropout(gelu) ${rows}×${d}`,
      shapes: [shape],
      run: ([x]) => gelu(x, DROP),
      loop: ([x]) => masked(loops.gelu(x), DROP.rate, DROP.seed),
    },
    {
      name: `dropout ${rows}×${d}`,
      shapes: [shape],
      run: ([x]) => dropout(x, DROP),
      loop: ([x]) => masked(x, DROP.rate, DROP.seed),
    },
    {
      name: `logSoftmax ${rows}×${d}`,
      shapes: [shape],
      scale: 3,
      run: ([x]) => logSoftmax(x),
      loop: ([x]) => {
        const losses = Array.from({ length: d }, (_, label) => loops.tokenLosses(x, Array(rows).fill(label), 0, -1));
        return x.map((_, i) => -(losses[i % d] as Float64Array)[Math.floor(i / d)]!);
      },
    },
  ];
}

/** Ids in which 0 is padding; the first of each row never is. */
const idsOf = (b: number, m: number) => Array.from({ length: b * m }, (_, i) => (i % m > 0 && i % 3 === 0 ? 0 : 1 + i));

function attentions(sizes: loops.AttentionSizes, padded: boolean): Operation {
  const { b, n, m, heads, dim, causal } = sizes;
  const ids = idsOf(b, m);
  return {
    name: `attention ${n} to ${m}, ${heads} heads of ${dim / heads}${causal ? ', causal' : ''}${padded ? ', padded' : ''}`,
    shapes: [
      [b, n, dim],
      [b, m, dim],
      [b, m, dim],
    ],
    run: ([query, key, value]) => {
      const bias = padded ? { bias: paddingBias(tf.tensor2d(ids, [b, m], 'int32'), 0) } : {};
      return scaledDotProduct(query, { key, value, ...bias }, { heads, causal });
    },
    loop: ([query, key, value]) => {
      const bias = padded ? ids.map((id) => (id === 0 ? MASKED : 0)) : undefined;
      return loops.attention([query, key, value], bias, sizes).out;
    },
  };
}

function losses(rows: number, v: number, smoothing: number): Operation {
  const labels = Array.from({ length: rows }, (_, r) => (r % 4 === 1 ? 0 : (5 * r + 1) % v));
  return {
    name: `tokenLosses ${rows}×${v}, smoothing ${smoothing}`,
    shapes: [[rows, v]],
    scale: 2,
    run: ([logits]) => tokenLosses(logits, tf.tensor1d(labels, 'int32'), { smoothing, padId: 0 }),
    loop: ([logits]) => loops.tokenLosses(logits, labels, smoothing, 0),
  };
}

const LOOKED_UP = [2, 0, 2, 4, 2, 1];

/** Sizes on and off the multiples of a vector unit's width. */
export const OPERATIONS: readonly Operation[] = [
  ...linears(3, 5, 7),
  ...linears(9, 16, 12),
  ...rowwise(3, 7),
  ...rowwise(5, 16),
  attentions({ b: 2, n: 3, m: 5, heads: 2, dim: 6, causal: false }, true),
  attentions({ b: 1, n: 5, m: 5, heads: 1, dim: 8, causal: true }, false),
  attentions({ b: 2, n: 4, m: 6, heads: 2, dim: 16, causal: true }, true),
  attentions({ b: 3, n: 1, m: 9, heads: 3, dim: 12, causal: true }, false),
  losses(6, 11, 0),
  losses(5, 16, 0.1),
  {
    name: 'gather, one row often',
    shapes: [[5, 6]],
    run: ([table]) => tf.gather(table, tf.tensor2d(LOOKED_UP, [2, 3], 'int32')),
    loop: ([table]) => Float64Array.from(LOOKED_UP.flatMap((row) => [...table.subarray(6 * row, 6 * row + 6)])),
  },
  {
    name: 'extend',
    shapes: [
      [2, 3, 4],
      [2, 1, 4],
    ],
    run: ([past, now]) => extend({ key: past, value: past }, { key: now, value: now }).key,
    loop: ([past, now]) =>
      Float64Array.from([...past.subarray(0, 12), ...now.subarray(0, 4), ...past.subarray(12), ...now.subarray(4)]),
  },
  {
    name: 'globalNorm of 40 leaves', // more than some backends add at once
    shapes: [[40, 2]],
    run: ([x]) => globalNorm(Object.fromEntries(tf.unstack(x).map((leaf, i) => [`leaf${i}`, leaf]))),
    loop: ([x]) => Float64Array.of(Math.hypot(...x)),
  },
  {
    name: 'ring of one level',
    shapes: [[4], [1, 4]],
    run: ([x, w]) => ring({ w }, x, (x, { w }) => tf.mul(x, w)),
    loop: ([x, w]) => x.map((value, c) => value * w[c]!),
  },
  {
    name: 'ring: x ← x·w + w at three levels',
    shapes: [[4], [3, 4]],
    run: ([x, w]) => ring({ w }, x, (x, { w }) => tf.add(tf.mul(x, w), w)),
    loop: ([x, w]) => [0, 1, 2].reduce((x, i) => x.map((value, c) => (value + 1) * w[4 * i + c]!), x),
  },
];
