import * as tf from '@tensorflow/tfjs-core';
import type { Dtype, Raw } from './safetensors.ts';
import { checkFinite } from './spec.ts';
import { flatten, type Tree } from './tree.ts';

/** Raw arrays → tensors, which the caller owns. @throws RingformerError 'bad-checkpoint' if a number is NaN or infinite. */
export function rawToTensors(raw: Record<string, Raw>): Record<string, tf.Tensor> {
  checkFinite(raw);
  return mapValues(raw, ({ data, shape }) =>
    tf.keep(tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32')),
  );
}

/** A tree of tensors → raw arrays by name, as `dtype`. */
export async function treeToRaw(tree: Tree, dtype: Dtype = 'F32'): Promise<Record<string, Raw>> {
  const entries = Object.entries(flatten(tree)).map(async ([name, leaf]) => {
    const data = (await leaf.data()) as Float32Array | Int32Array;
    return [name, { dtype, shape: leaf.shape, data }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function mapValues<V, W>(record: Record<string, V>, f: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}
