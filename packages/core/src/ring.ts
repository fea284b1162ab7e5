import { type Tree, unstackTree } from './tree.ts';

/**
 * The ring: one function at every level, each level with its own slice of `levels` (leaves `[l …]`), or with its own entry
 * if `levels` is a list. `step` closes over the shared block, which is the same at every level; `depth`, if given, is how
 * many levels are passed.
 */
export function ring<Level extends Tree, X>(
  levels: Level | readonly Level[],
  x: X,
  step: (x: X, level: Level, i: number) => X,
  depth?: number,
): X {
  const each = isList(levels) ? levels : unstackTree(levels);
  return each.slice(0, depth).reduce(step, x);
}

const isList = <Level>(levels: Level | readonly Level[]): levels is readonly Level[] => Array.isArray(levels);
