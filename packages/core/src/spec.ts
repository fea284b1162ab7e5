import type * as tf from '@tensorflow/tfjs-core';
import { RingformerError } from './errors.ts';
import { product } from './product.ts';
import { randomNormal, randomUniform } from './random.ts';
import type { Raw } from './safetensors.ts';

/** Fills `size` values of a new parameter from `seed`; the same on every backend. */
export type Init = (size: number, seed: number) => Float32Array;
/** What a parameter is before it exists: enough to create it, check it or count it. */
export type Spec = { readonly shape: readonly number[]; readonly init: Init };
/** Nested specs, one for each parameter. */
export type SpecTree = { readonly [name: string]: SpecTree | Spec | undefined };
/** The same tree as `T`, with a `Spec` for every tensor. */
export type SpecOf<T> = T extends tf.Tensor ? Spec : { readonly [K in keyof T]: SpecOf<T[K]> };

/** The inverse: the same tree as the specs `S`, with a tensor for every `Spec`. */
export type TreeOf<S> = S extends Spec ? tf.Tensor : S extends SpecTree ? { readonly [K in keyof S]: TreeOf<S[K]> } : S;

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

export const isSpec = (node: SpecTree | Spec): node is Spec => typeof (node as Spec).init === 'function';

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

type Named = readonly [name: string, shape: readonly number[]];

/** One line for each tensor that is missing, surplus or misshapen; an empty list if all fit. */
export function misfits(wanted: readonly Named[], found: readonly Named[]): string[] {
  const want = new Map(wanted);
  const have = new Map(found);
  return [
    ...wanted
      .filter(([name]) => !have.has(name))
      .map(([name, shape]) => `  - ${name} [${shape}] is in the model but not in the checkpoint`),
    ...found
      .filter(([name]) => !want.has(name))
      .map(([name, shape]) => `  + ${name} [${shape}] is in the checkpoint but not in the model`),
    ...wanted
      .filter(([name, shape]) => have.has(name) && String(have.get(name)) !== String(shape))
      .map(([name, shape]) => `  ~ ${name} is [${have.get(name)}] in the checkpoint, [${shape}] in the model`),
  ];
}

/**
 * Checks raw arrays by name against a model's spec.
 * @throws RingformerError 'bad-checkpoint' that lists every missing, surplus, misshapen and integer tensor at once, or
 * names the first NaN.
 */
export function checkRaw(what: string, spec: SpecTree, raw: Readonly<Record<string, Raw>>): void {
  const problems = misfits(
    flattenSpec(spec).map(([name, { shape }]) => [name, shape]),
    Object.entries(raw).map(([name, { shape }]) => [name, shape]),
  );
  for (const [name, { dtype }] of Object.entries(raw)) {
    if (dtype.startsWith('I')) problems.push(`  ~ ${name} is ${dtype} in the checkpoint, floats in the model`);
  }
  if (problems.length > 0) {
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/core] The checkpoint does not fit ${what}:\n${problems.join('\n')}`,
    );
  }
  checkFinite(raw);
}

/** @throws RingformerError 'bad-checkpoint' if a number is NaN or infinite. */
export function checkFinite(raw: Readonly<Record<string, Raw>>): void {
  for (const [name, { data }] of Object.entries(raw)) {
    if (!(data instanceof Float32Array)) continue;
    let at = 0;
    while (at < data.length && Number.isFinite(data[at])) at++;
    if (at === data.length) continue;
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/core] The checkpoint's ${name} holds ${data[at]} at position ${at}. Use an earlier checkpoint: this one diverged or is damaged.`,
    );
  }
}
