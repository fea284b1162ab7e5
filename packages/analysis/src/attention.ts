// What attention weights say: how far heads look, and which tokens reach the class token through all levels.
import { RingformerError } from '@ringformer/core/base';

/** Attention weights of one level for one input: [heads n m], row-major; each row of m sums to 1. */
export type AttentionMap = { readonly shape: readonly [number, number, number]; readonly data: ArrayLike<number> };

/**
 * Mean attention distance of each head in pixels (Dosovitskiy et al., 2021, appendix D.7): the distance of two patches'
 * centres, weighted by attention, mean over the patches that look. The class token is left out and rows are not rescaled, as
 * in the reference. map: [heads 1+g² 1+g²] for a grid of g × g patches of `patchSize` pixels.
 * @throws RingformerError 'bad-shape' if the patches are not a square grid with one class token before them
 */
export function attentionDistance(map: AttentionMap, patchSize: number): number[] {
  const { data } = map;
  const [heads, n] = map.shape;
  const grid = gridOf(map);
  const patches = grid * grid;
  const distance = (i: number, j: number) =>
    patchSize * Math.hypot(Math.floor(i / grid) - Math.floor(j / grid), (i % grid) - (j % grid));
  return Array.from({ length: heads }, (_, h) => {
    let sum = 0;
    for (let i = 0; i < patches; i++) {
      const row = (h * n + i + 1) * n + 1;
      for (let j = 0; j < patches; j++) sum += data[row + j]! * distance(i, j);
    }
    return sum / patches;
  });
}

/**
 * The same for text: how many tokens away each head looks, weighted by attention, mean over the tokens that look. map: self-
 * attention of one sentence without padding, [heads n n].
 * @throws RingformerError 'bad-shape'
 */
export function tokenDistance({ shape, data }: AttentionMap): number[] {
  const [heads, n, m] = shape;
  if (n !== m || n === 0 || data.length !== heads * n * n) throw badMap('[heads n n], of a sentence to itself', shape);
  return Array.from({ length: heads }, (_, h) => {
    let sum = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += data[(h * n + i) * n + j]! * Math.abs(i - j);
    return sum / n;
  });
}

/**
 * Attention rollout (Abnar and Zuidema, 2020): mean over heads, plus the identity for the residual, each row rescaled to 1;
 * the product of all levels, the last on the left. levels: [heads n n] each → [n n], row i: what token i received.
 * @throws RingformerError 'bad-shape'
 */
export function rollout(levels: readonly AttentionMap[]): { shape: [number, number]; data: Float64Array } {
  const n = levels[0]?.shape[1] ?? 0;
  let reached: Float64Array | undefined;
  for (const { shape, data } of levels) {
    const [heads, rows, columns] = shape;
    if (rows !== n || columns !== n || data.length !== heads * n * n)
      throw badMap(`levels of [heads ${n} ${n}]`, shape);
    const mixed = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      let total = 0;
      for (let j = 0; j < n; j++) {
        let mean = i === j ? 1 : 0;
        for (let h = 0; h < heads; h++) mean += data[(h * n + i) * n + j]! / heads;
        mixed[i * n + j] = mean;
        total += mean;
      }
      for (let j = 0; j < n; j++) mixed[i * n + j]! /= total;
    }
    reached = reached ? multiply(mixed, reached, n) : mixed;
  }
  if (!reached) throw badMap('at least one level', []);
  return { shape: [n, n], data: reached };
}

/** Of a rollout, how much each patch reached the class token, divided by the largest: [g g]. @throws as `rollout` */
export function rolloutMask(levels: readonly AttentionMap[]): { shape: [number, number]; data: Float64Array } {
  const { data, shape } = rollout(levels);
  const grid = gridOf({ shape: [1, ...shape], data });
  const patches = data.slice(1, shape[0]);
  const most = patches.reduce((a, b) => Math.max(a, b), 0);
  return { shape: [grid, grid], data: patches.map((x) => x / most) };
}

/**
 * The fewest weights that hold a share of a row's mass, largest first: 1 for those kept, 0 for the others. At least one is
 * kept; ties go to the later position, as in the reference.
 */
export function keptMass(row: ArrayLike<number>, share = 0.6): Uint8Array {
  const values = Float64Array.from(row);
  const total = values.reduce((sum, x) => sum + x, 0);
  const ascending = [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b);
  const kept = new Uint8Array(values.length);
  let before = 0;
  for (const at of ascending) {
    before += values[at]! / total;
    kept[at] = before > 1 - share ? 1 : 0;
  }
  return kept;
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!;
      for (let j = 0; j < n; j++) product[i * n + j]! += factor * b[k * n + j]!;
    }
  }
  return product;
}

/** The side of the grid of patches after one class token. */
function gridOf({ shape, data }: AttentionMap): number {
  const [heads, n, m] = shape;
  const grid = Math.sqrt(n - 1);
  if (Number.isInteger(grid) && grid > 0 && n === m && data.length === heads * n * m) return grid;
  throw badMap('[heads n n] with n = 1 + g² (a class token and a square grid of patches)', shape);
}

const badMap = (expected: string, shape: readonly number[]) =>
  new RingformerError('bad-shape', `[ringformer/analysis] Attention: expected ${expected}, got [${shape}].`);
