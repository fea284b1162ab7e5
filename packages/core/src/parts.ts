import type { Place } from './layout.ts';
import { type Tree, unstackTree } from './tree.ts';

/**
 * The levels' parts as tensors: for each level the same names, with parts of `params` in place of places. Stacked parts are
 * sliced once for all levels; a part that levels share is one object.
 */
export function partsOfLevels<Parts>(
  params: object,
  levels: readonly { readonly [Part in keyof Parts]?: Place }[],
): Parts[] {
  const cut = new Map<string, Tree[]>();
  const partAt = ({ path, level }: Place): Tree => {
    const found = path.split('.').reduce((tree, name) => tree[name] as Tree, params as Tree);
    if (level === undefined) return found;
    const slices = cut.get(path) ?? unstackTree(found);
    cut.set(path, slices);
    return slices[level] as Tree;
  };
  return levels.map((places) => {
    const parts = Object.entries<Place | undefined>(places).flatMap(([name, place]) =>
      place ? [[name, partAt(place)]] : [],
    );
    return Object.fromEntries(parts) as Parts;
  });
}
