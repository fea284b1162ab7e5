import { product } from '@ringformer/core/base';
import type { OnnxRuntime, OnnxTensor } from './runtime.ts';
import type { Tensors } from './session.ts';

export const floatsOf = ({ data }: OnnxTensor): Float32Array => data as Float32Array;

export const floatTensor = ({ Tensor }: OnnxRuntime, data: Float32Array, dims: readonly number[]): OnnxTensor =>
  new Tensor('float32', data, dims);

/** Rows of ids → int64 [b n], shorter ones filled with `padId`. */
export function idTensor({ Tensor }: OnnxRuntime, rows: readonly (readonly number[])[], padId: number): OnnxTensor {
  const length = Math.max(...rows.map((row) => row.length));
  const data = new BigInt64Array(rows.length * length).fill(BigInt(padId));
  rows.forEach((row, i) => row.forEach((id, j) => (data[i * length + j] = BigInt(id))));
  return new Tensor('int64', data, [rows.length, length]);
}

/** The selected rows of each tensor [b …], in their order; the tensors themselves if that is all of them. */
export function pickRows(runtime: OnnxRuntime, tensors: Tensors, rows: readonly number[]): Tensors {
  const same = (all: number) => rows.length === all && rows.every((row, i) => row === i);
  const picked = Object.entries(tensors).map(([name, tensor]) => {
    const [all = 0, ...rest] = tensor.dims;
    if (same(all)) return [name, tensor] as const;
    const from = floatsOf(tensor);
    const size = product(rest);
    const to = new Float32Array(rows.length * size);
    rows.forEach((row, i) => to.set(from.subarray(row * size, (row + 1) * size), i * size));
    return [name, floatTensor(runtime, to, [rows.length, ...rest])] as const;
  });
  return Object.fromEntries(picked);
}
