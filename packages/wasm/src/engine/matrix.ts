import { floatToBfloat, type Precision } from '@ringformer/core/base';
import type { Arena } from './arena.ts';
import { CONSTANTS, type Struct } from './structs.ts';

/** Columns of a tile; padded sizes are multiples of it. */
export const TILE = 16;

/** The next multiple of 16: widths are padded with zeros. */
export const padded = (n: number): number => Math.ceil(n / TILE) * TILE;

/**
 * A matrix W of y = x·W in the order of the checkpoint: the weight from input k to output n is
 * `data[outputs[n] + inputs[k]]`; −1 means padding. int8 numbers are multiplied by `scales[n]`.
 */
export type Matrix = {
  readonly data: Float32Array | Int8Array;
  readonly scales?: Float32Array;
  readonly outputs: Int32Array;
  readonly inputs: Int32Array;
  /** Added to each output, by padded column. */
  readonly bias?: Float32Array;
};

/** Offsets 0, step, 2·step … of `count` numbers in groups of `group`, each group padded to `width`; −1 at padding. */
export function offsets(count: number, step: number, group = count, width = padded(group)): Int32Array {
  const all = new Int32Array((count / group) * width).fill(-1);
  for (let i = 0; i < count; i++) all[Math.floor(i / group) * width + (i % group)] = i * step;
  return all;
}

type Target = { readonly arena: Arena; readonly precision: Precision; readonly native: boolean };

/** Packs a matrix into the arena. → its description */
export function packMatrix({ arena, precision, native }: Target, matrix: Matrix): Struct<'Linear'> {
  const { outputs, inputs } = matrix;
  const bias = matrix.bias ? putFloats(arena, matrix.bias) : 0;
  const sizes = { n: outputs.length, k: inputs.length };
  if (precision === 'int8') return { kind: CONSTANTS.INT8, ...packInt8(arena, matrix), bias, ...sizes };
  const half = precision === 'bf16';
  const kind = half ? CONSTANTS.BF16 : CONSTANTS.F32;
  return { kind, weights: packFloats(arena, matrix, half, native), scale: 0, sums: 0, bias, ...sizes };
}

/** Copies numbers into the arena. */
export function putFloats(arena: Arena, values: Float32Array): number {
  const at = arena.alloc(values.byteLength);
  arena.floats(at, values.length).set(values);
  return at;
}

/**
 * For WebAssembly [N/32][K/16][4][16][8], two panels in a last group of 16 columns; for native kernels, whose registers hold
 * more, [N/32][K][32], 16 in a last group of 16. A row of 2n bf16 has in word j column j below column n + j.
 */
function packFloats(arena: Arena, { data, scales, outputs, inputs }: Matrix, half: boolean, native: boolean): number {
  const n = outputs.length;
  const k = inputs.length;
  const start = arena.alloc(n * k * (half ? 2 : 4));
  const floats = half ? new Float32Array(0) : arena.floats(start, n * k);
  const halves = half ? new Uint16Array(arena.memory.buffer, start, n * k) : new Uint16Array(0);
  for (let column = 0; column < n; column++) {
    const from = outputs[column] as number;
    const unit = scales ? (scales[column] as number) : 1;
    const group = column & ~31;
    const width = Math.min(32, n - group);
    const row = native ? width : 8;
    const place = (column - group) % row;
    const lane = half ? 2 * (place % (row / 2)) + Math.floor(place / (row / 2)) : place;
    const base = group * k + (native ? 0 : ((column - group) >> 3) * 128) + lane;
    for (let p = 0; p < k; p++) {
      const offset = inputs[p] as number;
      const value = from < 0 || offset < 0 ? 0 : (data[from + offset] as number) * unit;
      const at = base + (p >> 4) * 16 * width + (p & 15) * row;
      if (half) halves[at] = floatToBfloat(value);
      else floats[at] = value;
    }
  }
  return start;
}

/** [N/16][K/4][16][4], with a scale and the sum of the integers for each column. */
function packInt8(arena: Arena, matrix: Matrix): Pick<Struct<'Linear'>, 'weights' | 'scale' | 'sums'> {
  const { data, outputs, inputs } = matrix;
  const n = outputs.length;
  const k = inputs.length;
  const weights = arena.alloc(n * k);
  const scale = arena.alloc(4 * n);
  const sums = arena.alloc(4 * n);
  const bytes = new Int8Array(arena.memory.buffer, weights, n * k);
  const scales = arena.floats(scale, n);
  const totals = arena.words(sums, n);
  for (let column = 0; column < n; column++) {
    const from = outputs[column] as number;
    const unit = matrix.scales ? (matrix.scales[column] as number) : largest(data, from, inputs) / 127;
    const factor = data instanceof Int8Array ? 1 : unit > 0 ? 1 / unit : 0;
    const base = (column - (column & 15)) * k + 4 * (column & 15);
    let total = 0;
    for (let p = 0; p < k; p++) {
      const offset = inputs[p] as number;
      const value = from < 0 || offset < 0 ? 0 : Math.round((data[from + offset] as number) * factor);
      bytes[base + (p & ~3) * 16 + (p & 3)] = value;
      total += value;
    }
    scales[column] = unit;
    totals[column] = total;
  }
  return { weights, scale, sums };
}

function largest(data: ArrayLike<number>, from: number, inputs: Int32Array): number {
  let most = 0;
  if (from >= 0)
    for (const offset of inputs) if (offset >= 0) most = Math.max(most, Math.abs(data[from + offset] as number));
  return most;
}

/** A weight as the checkpoint stores it, with the scales of its channels if it is quantised. */
export type Weight = { readonly data: Float32Array | Int8Array; readonly scales?: Float32Array };

/** Several weights [out in], one below the other. */
export function stackRows(parts: readonly Weight[]): Weight {
  if (parts.length === 1) return parts[0] as Weight;
  const scales = parts.flatMap(({ scales }) => (scales ? [scales] : []));
  const size = parts.reduce((total, { data }) => total + data.length, 0);
  const data = fill(
    parts.map(({ data }) => data),
    scales.length > 0 ? new Int8Array(size) : new Float32Array(size),
  );
  if (scales.length === 0) return { data };
  return { data, scales: fill(scales, new Float32Array(scales.reduce((total, { length }) => total + length, 0))) };
}

function fill<T extends Float32Array | Int8Array>(parts: readonly (Float32Array | Int8Array)[], all: T): T {
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
