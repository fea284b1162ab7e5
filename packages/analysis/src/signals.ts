// How alike the signals of a model's levels are.
import { type Raw, type Tree, treeToRaw } from '@ringformer/core';

/** Cosine similarities of all levels: rows and columns are levels, 1 on the diagonal. */
export type LevelSimilarity = number[][];

/**
 * How alike the levels' signals are, by signal: 'query', 'key', 'value' and 'ffn', for translation after 'encoder.' or
 * 'decoder.'. Empty if the model has none. See `similarMaps`; static signals are compared as vectors.
 */
export async function signalSimilarity(params: object): Promise<Record<string, LevelSimilarity>> {
  const raw = await treeToRaw(params as Tree);
  const found = Object.entries(raw).flatMap(([name, one]): [string, LevelSimilarity][] => {
    const [, side = '', kind, leaf] =
      /^((?:en|de)coder\.)?levels\.signals\.(query|key|value|ffn)\.(up|constant)$/.exec(name) ?? [];
    if (kind === undefined) return [];
    const down = raw[name.replace(/up$/, 'down')] as Raw;
    return [[side + kind, leaf === 'constant' ? similarVectors(one) : similarMaps(one, down)]];
  });
  return Object.fromEntries(found);
}

/**
 * Cosine similarity of the levels' d × d matrices M = AᵀB as long vectors: 1 if two levels do the same up to a factor, 0 if
 * they have nothing in common. ⟨M, N⟩ = Σ (A·A′ᵀ) ∘ (B·B′ᵀ), so no matrix larger than r × r is formed. `up` (A) and `down` (B):
 * [l r d]. A level whose signal is zero has similarity 0 with every level, itself included.
 */
export function similarMaps(up: Raw, down: Raw): LevelSimilarity {
  const [levels = 0, rank = 0, dim = 0] = up.shape;
  return cosines(levels, (i, j) => {
    let sum = 0;
    for (let r = 0; r < rank; r++) {
      for (let s = 0; s < rank; s++) {
        const [at, to] = [(i * rank + r) * dim, (j * rank + s) * dim];
        sum += dot(up.data, at, to, dim) * dot(down.data, at, to, dim);
      }
    }
    return sum;
  });
}

function similarVectors({ shape: [levels = 0, dim = 0], data }: Raw): LevelSimilarity {
  return cosines(levels, (i, j) => dot(data, i * dim, j * dim, dim));
}

function dot(data: ArrayLike<number>, a: number, b: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += (data[a + k] as number) * (data[b + k] as number);
  return sum;
}

function cosines(count: number, inner: (i: number, j: number) => number): LevelSimilarity {
  const all = Array.from({ length: count }, (_, i) => i);
  const lengths = all.map((i) => Math.sqrt(inner(i, i)));
  return all.map((i) =>
    all.map((j) => {
      const scale = (lengths[i] as number) * (lengths[j] as number);
      return scale === 0 ? 0 : inner(i, j) / scale;
    }),
  );
}
