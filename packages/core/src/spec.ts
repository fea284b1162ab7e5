import * as tf from '@tensorflow/tfjs-core';
import { RingformerError } from './errors.ts';
import { deriveSeed, randomNormal, randomUniform } from './random.ts';
import type { Tree } from './tree.ts';

/** Fills `size` values of a new parameter from `seed`; the same on every backend. */
export type Init = (size: number, seed: number) => Float32Array;
/** What a parameter is before it exists: enough to create it, check it or count it. */
export type Spec = { readonly shape: readonly number[]; readonly init: Init };
/** Nested specs, one for each parameter. */
export type SpecTree = { readonly [name: string]: SpecTree | Spec | undefined };
/** The same tree as `T`, with a `Spec` for every tensor. */
export type SpecOf<T> = T extends tf.Tensor ? Spec : { readonly [K in keyof T]: SpecOf<T[K]> };

export const zeros: Init = (size) => new Float32Array(size);
export const ones: Init = (size) => new Float32Array(size).fill(1);
/** N(0, std²). */
export const normal =
  (std: number): Init =>
  (size, seed) =>
    randomNormal(size, seed).map((x) => x * std);
/** U(−limit, limit). */
export const uniform =
  (limit: number): Init =>
  (size, seed) =>
    randomUniform(size, seed).map((u) => (2 * u - 1) * limit);

const isSpec = (node: SpecTree | Spec): node is Spec => typeof (node as Spec).init === 'function';

/** `[['encoder.tokens', spec], …]`, in tree order. */
export function flattenSpec(tree: SpecTree, prefix = ''): [name: string, spec: Spec][] {
  return Object.entries(tree).flatMap(([key, node]): [string, Spec][] => {
    if (node === undefined) return [];
    return isSpec(node) ? [[prefix + key, node]] : flattenSpec(node, `${prefix}${key}.`);
  });
}

/** How many numbers a model of this spec has; nothing is allocated. */
export function countSpec(tree: SpecTree): number {
  return flattenSpec(tree).reduce((total, [, { shape }]) => total + product(shape), 0);
}

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

/** New parameters from `seed`; each has its own random stream, whatever its neighbours are. The caller owns them. */
export function initTree<T extends Tree>(spec: SpecOf<T>, seed: number): T {
  return build<T>(spec, (name, { shape, init }) =>
    tf.tensor(init(product(shape), deriveSeed(seed, hashName(name))), [...shape]),
  );
}

/**
 * A tree of `spec`'s form from flat tensors by name. The tensors become the tree's own.
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
      `[ringformer] The checkpoint does not fit ${what}:\n${problems.join('\n')}`,
    );
  }
  return build<T>(spec, (name) => flat[name] as tf.Tensor);
}

type Named = readonly [name: string, shape: readonly number[]];

/** One line for each tensor that is missing, surplus or misshapen; none where all fit. */
export function misfits(wanted: readonly Named[], found: readonly Named[]): string[] {
  const want = new Map(wanted);
  const have = new Map(found);
  return [
    ...wanted
      .filter(([name]) => !have.has(name))
      .map(([name, shape]) => `  - ${name} [${shape}] is in the model, not in the checkpoint`),
    ...found
      .filter(([name]) => !want.has(name))
      .map(([name, shape]) => `  + ${name} [${shape}] is in the checkpoint, not in the model`),
    ...wanted
      .filter(([name, shape]) => have.has(name) && String(have.get(name)) !== String(shape))
      .map(([name, shape]) => `  ~ ${name} is [${have.get(name)}] in the checkpoint, [${shape}] in the model`),
  ];
}

function hashName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash, 31) + name.charCodeAt(i);
  return hash | 0;
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
