import { type Tree, unstackTree } from './tree.ts';

/**
 * The ring: one function at every level, each level with its own slice of `levels` (leaves `[l …]`).
 * `step` closes over the shared block, which is the same at every level.
 */
export function ring<Level extends Tree, X>(levels: Level, x: X, step: (x: X, level: Level, i: number) => X): X {
  return unstackTree(levels).reduce(step, x);
}
