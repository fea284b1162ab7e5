import * as tf from '@tensorflow/tfjs-core';

/** Parameters are plain data: nested objects whose leaves are tensors. */
export type Tree = { readonly [name: string]: Tree | tf.Tensor | undefined };

/** Rebuilds `tree` with each leaf replaced by `visit(leaf, 'dotted.name')`; absent branches stay absent. */
export function mapTree<T extends Tree>(tree: T, visit: (leaf: tf.Tensor, name: string) => tf.Tensor): T {
  const walk = (node: Tree, prefix: string): Tree => {
    const built: Record<string, Tree | tf.Tensor> = {};
    for (const [key, child] of Object.entries(node)) {
      if (child === undefined) continue;
      built[key] = child instanceof tf.Tensor ? visit(child, prefix + key) : walk(child, `${prefix}${key}.`);
    }
    return built;
  };
  return walk(tree, '') as T;
}

/** `{ 'encoder.shared.attn.query.weight': tensor, … }`, in tree order. */
export function flatten(tree: Tree): Record<string, tf.Tensor> {
  const flat: Record<string, tf.Tensor> = {};
  mapTree(tree, (leaf, name) => {
    flat[name] = leaf;
    return leaf;
  });
  return flat;
}

/** The leaves in tree order. */
export function leaves(tree: Tree): tf.Tensor[] {
  return Object.values(flatten(tree));
}

/** A tree like `tree` whose leaves are `tensors`, in tree order. */
export function refill<T extends Tree>(tree: T, tensors: readonly tf.Tensor[]): T {
  let next = 0;
  return mapTree(tree, () => tensors[next++] as tf.Tensor);
}

/** Turns a tree with leaves `[l …]` into `l` trees with leaves `[…]`, one for each level. */
export function unstackTree<T extends Tree>(tree: T): T[] {
  const columns = leaves(tree).map(unstack);
  const levels = columns[0]?.length ?? 0;
  return Array.from({ length: levels }, (_, i) =>
    refill(
      tree,
      columns.map((column) => column[i] as tf.Tensor),
    ),
  );
}

/** TF.js has no gradient for `unstack` into one tensor. */
function unstack(leaf: tf.Tensor): tf.Tensor[] {
  return leaf.shape[0] === 1 ? [tf.reshape(leaf, leaf.shape.slice(1))] : tf.unstack(leaf);
}

/** Disposes every leaf. */
export function disposeTree(tree: Tree): void {
  for (const leaf of leaves(tree)) leaf.dispose();
}

/** How many numbers the tree contains. */
export function countParams(tree: Tree): number {
  return leaves(tree).reduce((total, leaf) => total + leaf.size, 0);
}

/** Copies the leaves' values into `flat`, one after another in tree order. Reads synchronously, so not for WebGPU. */
export function packTree(tree: Tree, flat: Float32Array): void {
  let at = 0;
  for (const leaf of leaves(tree)) {
    flat.set(leaf.dataSync() as Float32Array, at);
    at += leaf.size;
  }
}

/** The inverse of `packTree`: a tree like `tree` with values from `flat`. The caller owns it. */
export function unpackTree<T extends Tree>(tree: T, flat: Float32Array): T {
  let at = 0;
  return mapTree(tree, (leaf) => {
    const values = flat.slice(at, at + leaf.size);
    at += leaf.size;
    return tf.keep(tf.tensor(values, leaf.shape));
  });
}
