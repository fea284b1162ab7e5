import * as tf from '@tensorflow/tfjs-core';
import { RingformerError } from './errors.ts';
import { product } from './product.ts';
import { deriveSeed } from './random.ts';
import { flattenSpec, isSpec, misfits, type Spec, type SpecOf, type SpecTree, type TreeOf } from './spec.ts';
import type { Tree } from './tree.ts';

function build<T extends Tree>(spec: SpecOf<T>, leaf: (name: string, spec: Spec) => tf.Tensor): T {
  const walk = (node: SpecTree, prefix: string): Tree => {
    const built: Record<string, Tree | tf.Tensor> = {};
    for (const [key, child] of Object.entries(node)) {
      if (child === undefined) continue;
      built[key] = isSpec(child) ? tf.keep(leaf(prefix + key, child)) : walk(child, `${prefix}${key}.`);
    }
    return built;
  };
  return walk(spec as SpecTree, '') as T;
}

/** New parameters from `seed`; each has its own random stream, whatever its neighbours. The caller owns them. */
export function initTree<S extends SpecTree>(spec: S, seed: number): TreeOf<S>;
export function initTree<T extends Tree>(spec: SpecOf<T>, seed: number): T;
export function initTree<T extends Tree>(spec: SpecOf<T>, seed: number): T {
  return build<T>(spec, (name, { shape, init }) =>
    tf.tensor(init(product(shape), deriveSeed(seed, hashName(name))), [...shape]),
  );
}

/**
 * A tree with the structure of `spec` from flat tensors by name. The tensors now belong to the tree.
 * @throws RingformerError 'bad-checkpoint' that lists every missing, surplus, misshapen and integer tensor at once.
 */
export function fitTree<T extends Tree>(what: string, spec: SpecOf<T>, flat: Record<string, tf.Tensor>): T {
  const wanted = flattenSpec(spec as SpecTree);
  const problems = misfits(
    wanted.map(([name, { shape }]) => [name, shape]),
    Object.entries(flat).map(([name, { shape }]) => [name, shape]),
  );
  for (const [name, { dtype }] of Object.entries(flat)) {
    if (dtype !== 'float32') problems.push(`  ~ ${name} is ${dtype} in the checkpoint, float32 in the model`);
  }
  if (problems.length > 0) {
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/core] The checkpoint does not fit ${what}:\n${problems.join('\n')}`,
    );
  }
  return build<T>(spec, (name) => flat[name] as tf.Tensor);
}

function hashName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash, 31) + name.charCodeAt(i);
  return hash | 0;
}
