import { type Place, type Precision, type Raw, within } from '@ringformer/core/base';
import type { Arena } from './arena.ts';
import { type Matrix, offsets, packMatrix, padded, putFloats, stackRows, type Weight } from './matrix.ts';
import type { Struct } from './structs.ts';
import { putStruct } from './write-struct.ts';

/** The sizes of a stack of levels; `rank` is 0 if levels have no signals. */
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

/** Where a model's tensors come from, and the arena they go to. */
export type Packing = {
  readonly arena: Arena;
  readonly weights: Readonly<Record<string, Raw>>;
  readonly precision: Precision;
  /** Whether native kernels read the weights: see matrix.ts. */
  readonly native: boolean;
};

/** The tensor at a place: all of it, or one level's slice. */
export function weightOf({ weights }: Packing, { path, level }: Place): Weight {
  const { data, shape } = weights[path] as Raw;
  const scales = weights[`${path}.scale`]?.data as Float32Array | undefined;
  const cut = <T extends Raw['data']>(all: T, levels: number): T => {
    if (level === undefined) return all;
    const size = all.length / levels;
    return all.subarray(level * size, (level + 1) * size) as T;
  };
  const levels = shape[0] as number;
  const own = cut(data, levels) as Float32Array | Int8Array;
  return scales ? { data: own, scales: cut(scales, levels) } : { data: own };
}

/** y = x·Wᵀ of stacked weights [out in], with outputs and inputs in padded groups. → the address of its description */
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
  return putStruct(packing.arena, 'Linear', packMatrix(packing, matrix));
}

type LinearShape = {
  readonly out: number;
  readonly inner: number;
  /** Outputs that are padded together, and the padded width. */
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
  return putStruct(packing.arena, 'Linear', packMatrix(packing, matrix));
}

function spread(values: Float32Array, places: Int32Array, padding: number): Float32Array {
  return Float32Array.from(places, (place) => (place < 0 ? padding : (values[place] as number)));
}

/** The stacked biases of projections, or none if the model has none. */
export function biasOf({ weights }: Packing, ...places: Place[]): LinearShape['bias'] {
  const parts = places.map(({ path }) => weights[`${path}.bias`]?.data as Float32Array | undefined);
  const [first] = parts;
  if (!first) return undefined;
  const values = new Float32Array(parts.length * first.length);
  parts.forEach((part, i) => values.set(part as Float32Array, i * first.length));
  return { values };
}

/** Gain and bias of a norm. */
export function putNorm(packing: Packing, norm: Place, dim: number): number {
  const D = padded(dim);
  const both = new Float32Array(2 * D);
  both.set(weightOf(packing, within(norm, 'weight')).data);
  both.set(weightOf(packing, within(norm, 'bias')).data, D);
  return putFloats(packing.arena, both);
}

/** Some of the projections query, key and value, side by side. */
export function putAttention(packing: Packing, attn: Place, { dim, heads }: Sizes, parts: readonly string[]): number {
  const places = parts.map((part) => within(attn, part));
  return putLinear(
    packing,
    places.map((place) => weightOf(packing, within(place, 'weight'))),
    { out: parts.length * dim, inner: dim, group: dim / heads, bias: biasOf(packing, ...places) },
  );
}

/** The projection after attention. */
export function putAttentionOut(packing: Packing, attn: Place, { dim, heads }: Sizes): number {
  const out = within(attn, 'out');
  return putLinear(packing, [weightOf(packing, within(out, 'weight'))], {
    out: dim,
    inner: dim,
    inGroup: dim / heads,
    bias: biasOf(packing, out),
  });
}

/** Both layers of a feed-forward network. */
export function putFeedForward(packing: Packing, ffn: Place, { dim, mlpDim }: Sizes): [fc1: number, fc2: number] {
  const layer = (place: Place, out: number, inner: number) =>
    putLinear(packing, [weightOf(packing, within(place, 'weight'))], { out, inner, bias: biasOf(packing, place) });
  return [layer(within(ffn, 'fc1'), mlpDim, dim), layer(within(ffn, 'fc2'), dim, mlpDim)];
}

type Signals = Pick<Struct<'Level'>, 'down' | 'queryUp' | 'keyUp' | 'valueUp' | 'ffnDown' | 'ffnUp'>;

/**
 * The ranks of the signals as the engine computes them: 0 if levels have none, and 1 if they are static, because a product
 * that reads nothing but a bias of 1 adds the same vector to every token.
 */
export function signalRanks(
  { weights }: Pick<Packing, 'weights'>,
  signals: Place | undefined,
  { rank, ffnRank }: Pick<Sizes, 'rank' | 'ffnRank'>,
): Pick<Sizes, 'rank' | 'ffnRank'> {
  const has = (name: string, leaf: string) => signals !== undefined && `${signals.path}.${name}.${leaf}` in weights;
  const of = (names: readonly string[], rank: number) =>
    names.some((name) => has(name, 'up')) ? rank : names.some((name) => has(name, 'constant')) ? 1 : 0;
  return { rank: of(['query', 'key', 'value'], rank), ffnRank: of(['ffn'], ffnRank) };
}

/** One signal as two matrices, `down` [rank dim] and `up` [rank dim]. One that the level lacks is all zeros. */
type Pair = { readonly down: Weight; readonly up: Weight };

function pairOf(packing: Packing, signal: Place, rank: number, dim: number): Pair {
  const { weights } = packing;
  const zeros = { data: new Float32Array(rank * dim) };
  if (`${signal.path}.constant` in weights) return { down: zeros, up: weightOf(packing, within(signal, 'constant')) };
  if (!(`${signal.path}.up` in weights)) return { down: zeros, up: zeros };
  return { down: weightOf(packing, within(signal, 'down')), up: weightOf(packing, within(signal, 'up')) };
}

/** Parts that can be stacked: if some are int8, floats, which are all zeros, become so too. */
function alike(parts: readonly Weight[]): Weight[] {
  const scales = parts.find(({ scales }) => scales)?.scales;
  if (!scales) return [...parts];
  const zeros = (length: number) => ({ data: new Int8Array(length), scales: new Float32Array(scales.length).fill(1) });
  return parts.map((part) => (part.scales ? part : zeros(part.data.length)));
}

/** A level's signals; none where the rank is 0. `sizes` hold the ranks of `signalRanks`. */
export function putSignals(packing: Packing, signals: Place | undefined, sizes: Sizes): Signals {
  const { dim, heads, rank, ffnRank } = sizes;
  const isStatic = (name: string) => signals !== undefined && `${signals.path}.${name}.constant` in packing.weights;
  const of = (name: string, rank: number) => pairOf(packing, within(signals as Place, name), rank, dim);
  const ones = (count: number, isStatic: boolean) =>
    isStatic ? { values: new Float32Array(count).fill(1) } : undefined;
  const attention = () => {
    const [query, key, value] = ['query', 'key', 'value'].map((name) => of(name, rank)) as [Pair, Pair, Pair];
    const up = (signal: Pair) => putUp(packing, signal.up, rank, dim, dim / heads);
    return {
      down: putLinear(packing, alike([query.down, key.down, value.down]), {
        out: 3 * rank,
        inner: dim,
        group: rank,
        bias: ones(3 * rank, ['query', 'key', 'value'].some(isStatic)),
      }),
      queryUp: up(query),
      keyUp: up(key),
      valueUp: up(value),
    };
  };
  const network = () => {
    const { down, up } = of('ffn', ffnRank);
    return {
      ffnDown: putLinear(packing, [down], { out: ffnRank, inner: dim, bias: ones(ffnRank, isStatic('ffn')) }),
      ffnUp: putUp(packing, up, ffnRank, dim),
    };
  };
  return {
    ...(rank === 0 ? { down: 0, queryUp: 0, keyUp: 0, valueUp: 0 } : attention()),
    ...(ffnRank === 0 ? { ffnDown: 0, ffnUp: 0 } : network()),
  };
}

/** The shared block, the levels that use it, and the sizes. */
export function putStack(
  packing: Packing,
  sizes: Sizes,
  {
    levels,
    ffn: [fc1, fc2],
    preNorm,
    ...block
  }: Pick<Struct<'Stack'>, 'qkv' | 'out' | 'crossQuery' | 'crossOut' | 'epsilon'> & {
    readonly levels: readonly Struct<'Level'>[];
    readonly ffn: readonly [fc1: number, fc2: number];
    readonly preNorm: boolean;
  },
): number {
  const { arena } = packing;
  const { dim, heads } = sizes;
  const addresses = levels.map((level) => putStruct(arena, 'Level', level));
  const list = arena.alloc(4 * addresses.length);
  arena.words(list, addresses.length).set(addresses);
  return putStruct(arena, 'Stack', {
    ...block,
    levels: list,
    fc1,
    fc2,
    d: dim,
    heads,
    ...padSizes(sizes),
    scale: (dim / heads) ** -0.5,
    preNorm: preNorm ? 1 : 0,
  });
}

/** A table of positions [n dim], padded to [n D]. */
export function putRows(packing: Packing, values: Float32Array, dim: number): number {
  const D = padded(dim);
  const rows = values.length / dim;
  const all = new Float32Array(rows * D);
  for (let row = 0; row < rows; row++) all.set(values.subarray(row * dim, (row + 1) * dim), row * D);
  return putFloats(packing.arena, all);
}

/** 'auto': the precision in which most of the numbers are stored. */
export function choosePrecision(
  weights: Readonly<Record<string, Raw>>,
  wanted: Precision | 'auto' = 'auto',
): Precision {
  if (wanted !== 'auto') return wanted;
  const dtypes = new Set<string>(Object.values(weights).map(({ dtype }) => dtype));
  return dtypes.has('I8') ? 'int8' : dtypes.has('BF16') ? 'bf16' : 'f32';
}
