import type { Place } from './layout.ts';
import { type Tree, unstackTree } from './tree.ts';

/** Where each level finds its parts. */
type Places<Parts> = readonly { readonly [Part in keyof Parts]?: Place }[];

/** Stacked parts by their path, cut into one tree for each level: '0', '1' and so on. */
export type Slices = Readonly<Record<string, Tree>>;

/** Cuts every stacked part that `levels` use. The caller owns the slices: `disposeTree(slices)`. */
export function sliceLevels<Parts>(params: object, levels: Places<Parts>): Slices {
  const slices: Record<string, Tree> = {};
  for (const place of levels.flatMap((places) => Object.values<Place | undefined>(places))) {
    if (place?.level === undefined) continue;
    slices[place.path] ??= Object.fromEntries(unstackTree(treeAt(params, place.path)).entries());
  }
  return slices;
}

/**
 * The levels' parts as tensors: for each level the same names, with parts of `params` in place of places. A part that
 * levels share is one object. `slices`: those of a stacked part, if they are already cut.
 */
export function partsOfLevels<Parts>(
  params: object,
  levels: Places<Parts>,
  slices: Slices = sliceLevels(params, levels),
): Parts[] {
  const partAt = ({ path, level }: Place) => (level === undefined ? treeAt(params, path) : slices[path]?.[level]);
  return levels.map((places) => {
    const parts = Object.entries<Place | undefined>(places).flatMap(([name, place]) =>
      place ? [[name, partAt(place)]] : [],
    );
    return Object.fromEntries(parts) as Parts;
  });
}

const treeAt = (params: object, path: string): Tree =>
  path.split('.').reduce((tree, name) => tree[name] as Tree, params as Tree);
