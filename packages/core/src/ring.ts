import { type Tree, unstackTree } from './tree.ts';

/**
 * The ring: one function at every level, each level with its own slice of `levels` (leaves `[l …]`).
 * `step` closes over the shared block, which is the same at every level; `depth`, where given, is how many levels are
 * passed.
 */
export function ring<Level extends Tree, X>(
  levels: Level,
  x: X,
  step: (x: X, level: Level, i: number) => X,
  depth?: number,
): X {
  return unstackTree(levels).slice(0, depth).reduce(step, x);
}
