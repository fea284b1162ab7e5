import type { Precision, Raw } from '@ringformer/core/base';
import type { Arena } from './arena.ts';
import { type Matrix, offsets, packMatrix, padded, putFloats, stackRows, type Weight } from './matrix.ts';

/** The sizes of a stack of levels; `rank` 0 where levels have no signals. */
export type Sizes = {
  readonly dim: number;
  readonly heads: number;
  readonly mlpDim: number;
  readonly rank: number;
  readonly ffnRank: number;
};

/** The padded sizes: the stream, one head, all heads, the feed-forward layer, the ranks. */
export type PaddedSizes = {
  readonly D: number;
  readonly hp: number;
  readonly E: number;
  readonly F: number;
  readonly R: number;
  readonly rankFfn: number;
};

export function padSizes({ dim, heads, mlpDim, rank, ffnRank }: Sizes): PaddedSizes {
  const hp = padded(dim / heads);
  return { D: padded(dim), hp, E: heads * hp, F: padded(mlpDim), R: padded(rank), rankFfn: padded(ffnRank) };
}

/** Where a model's tensors come from and go to. */
export type Packing = {
  readonly arena: Arena;
  readonly weights: Readonly<Record<string, Raw>>;
  readonly precision: Precision;
};

/** Writes words, whole numbers or the bits of floats, into the arena. */
export function putWords({ arena }: Pick<Packing, 'arena'>, words: readonly number[]): number {
  const at = arena.alloc(4 * words.length);
  arena.words(at, words.length).set(words);
  return at;
}

const scratch = new DataView(new ArrayBuffer(4));
/** The bits of a float32, as a word. */
export function bits(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getInt32(0);
}

/** A tensor, or one level's slice of it. */
export function weightOf({ weights }: Packing, name: string, level?: number): Weight {
  const { data, shape } = weights[name] as Raw;
  const scales = weights[`${name}.scale`]?.data as Float32Array | undefined;
  const cut = <T extends Raw['data']>(all: T, levels: number): T => {
    if (level === undefined) return all;
    const size = all.length / levels;
    return all.subarray(level * size, (level + 1) * size) as T;
  };
  const levels = shape[0] as number;
  const own = cut(data, levels) as Float32Array | Int8Array;
  return scales ? { data: own, scales: cut(scales, levels) } : { data: own };
}

/** y = x·Wᵀ of weights [out in] below each other; outputs and inputs in padded groups. → the address of its description */
export function putLinear(
  packing: Packing,
  parts: readonly Weight[],
  { out, inner, group = out, width = padded(group), inGroup = inner, bias }: LinearShape,
): number {
  const { data, scales } = stackRows(parts);
  const rows = offsets(out, 1, group, width);
  const matrix: Matrix = {
    data,
    outputs: rows.map((row) => (row < 0 ? -1 : row * inner)),
    inputs: offsets(inner, 1, inGroup),
    ...(scales ? { scales: spread(scales, rows, 0) } : {}),
    ...(bias ? { bias: spread(bias.values, rows, bias.padding ?? 0) } : {}),
  };
  return putWords(packing, packMatrix(packing.arena, matrix, packing.precision));
}

type LinearShape = {
  readonly out: number;
  readonly inner: number;
  /** Outputs that are padded together, and to which width. */
  readonly group?: number;
  readonly width?: number;
  readonly inGroup?: number;
  readonly bias?: { readonly values: Float32Array; readonly padding?: number };
};

/** y = x·W of a weight [inner out]: the level signals' `up`. */
function putUp(packing: Packing, weight: Weight, inner: number, out: number, group = out): number {
  const columns = offsets(out, 1, group);
  const matrix: Matrix = {
    data: weight.data,
    outputs: columns,
    inputs: offsets(inner, out),
    ...(weight.scales ? { scales: spread(weight.scales, columns, 0) } : {}),
  };
  return putWords(packing, packMatrix(packing.arena, matrix, packing.precision));
}

function spread(values: Float32Array, places: Int32Array, padding: number): Float32Array {
  return Float32Array.from(places, (place) => (place < 0 ? padding : (values[place] as number)));
}

/** The biases of projections, below each other; none where the model has none. */
export function biasOf({ weights }: Packing, ...names: string[]): LinearShape['bias'] {
  const parts = names.map((name) => weights[`${name}.bias`]?.data as Float32Array | undefined);
  const [first] = parts;
  if (!first) return undefined;
  const values = new Float32Array(parts.length * first.length);
  parts.forEach((part, i) => values.set(part as Float32Array, i * first.length));
  return { values };
}

/** Gain and bias of a norm, of one level where it is a level's. */
export function putNorm(packing: Packing, name: string, dim: number, level?: number): number {
  const D = padded(dim);
  const both = new Float32Array(2 * D);
  both.set(weightOf(packing, `${name}.weight`, level).data);
  both.set(weightOf(packing, `${name}.bias`, level).data, D);
  return putFloats(packing.arena, both);
}

/** The projections named `${attn}.query` and so on. */
export function putAttention(packing: Packing, attn: string, { dim, heads }: Sizes, parts: readonly string[]): number {
  const names = parts.map((part) => `${attn}.${part}`);
  return putLinear(
    packing,
    names.map((name) => weightOf(packing, `${name}.weight`)),
    { out: parts.length * dim, inner: dim, group: dim / heads, bias: biasOf(packing, ...names) },
  );
}

/** The projection behind attention. */
export function putAttentionOut(packing: Packing, attn: string, { dim, heads }: Sizes): number {
  const name = `${attn}.out`;
  return putLinear(packing, [weightOf(packing, `${name}.weight`)], {
    out: dim,
    inner: dim,
    inGroup: dim / heads,
    bias: biasOf(packing, name),
  });
}

/** Both layers of a feed-forward network. */
export function putFeedForward(packing: Packing, ffn: string, { dim, mlpDim }: Sizes): [fc1: number, fc2: number] {
  const layer = (name: string, out: number, inner: number) =>
    putLinear(packing, [weightOf(packing, `${name}.weight`)], { out, inner, bias: biasOf(packing, name) });
  return [layer(`${ffn}.fc1`, mlpDim, dim), layer(`${ffn}.fc2`, dim, mlpDim)];
}

/** The words of a Level's signals: see assembly/engine/structs.ts. */
export function putSignals(packing: Packing, signals: string, level: number, sizes: Sizes): number[] {
  const { dim, heads, rank, ffnRank } = sizes;
  const of = (name: string) => weightOf(packing, `${signals}.${name}`, level);
  const attention =
    rank === 0
      ? [0, 0, 0, 0]
      : [
          putLinear(packing, [of('query.down'), of('key.down'), of('value.down')], {
            out: 3 * rank,
            inner: dim,
            group: rank,
          }),
          ...['query.up', 'key.up', 'value.up'].map((name) => putUp(packing, of(name), rank, dim, dim / heads)),
        ];
  const ffn =
    ffnRank === 0
      ? [0, 0]
      : [
          putLinear(packing, [of('ffn.down')], { out: ffnRank, inner: dim }),
          putUp(packing, of('ffn.up'), ffnRank, dim),
        ];
  return [...attention, ...ffn];
}

/** The words of a Stack: see assembly/engine/structs.ts. */
export function putStack(
  packing: Packing,
  sizes: Sizes,
  parts: {
    levels: number[][];
    qkv: number;
    out: number;
    crossQuery?: number;
    crossOut?: number;
    ffn: [number, number];
    epsilon: number;
    preNorm: boolean;
  },
): number {
  const { D, hp, E, F, R, rankFfn } = padSizes(sizes);
  const { dim, heads } = sizes;
  const levels = putWords(
    packing,
    parts.levels.map((words) => putWords(packing, words)),
  );
  return putWords(packing, [
    levels,
    parts.qkv,
    parts.out,
    parts.crossQuery ?? 0,
    parts.crossOut ?? 0,
    ...parts.ffn,
    dim,
    D,
    heads,
    hp,
    E,
    F,
    R,
    rankFfn,
    bits((dim / heads) ** -0.5),
    bits(parts.epsilon),
    parts.preNorm ? 1 : 0,
  ]);
}

/** A table of positions [n dim], padded to [n D]. */
export function putRows(packing: Packing, values: Float32Array, dim: number): number {
  const D = padded(dim);
  const rows = values.length / dim;
  const all = new Float32Array(rows * D);
  for (let row = 0; row < rows; row++) all.set(values.subarray(row * dim, (row + 1) * dim), row * D);
  return putFloats(packing.arena, all);
}

/** 'auto': as most of the numbers are given. */
export function choosePrecision(
  weights: Readonly<Record<string, Raw>>,
  wanted: Precision | 'auto' = 'auto',
): Precision {
  if (wanted !== 'auto') return wanted;
  const dtypes = new Set<string>(Object.values(weights).map(({ dtype }) => dtype));
  return dtypes.has('I8') ? 'int8' : dtypes.has('BF16') ? 'bf16' : 'f32';
}
