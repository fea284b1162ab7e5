import type { Raw } from '@ringformer/core/base';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { FileParts } from '../src/index.ts';

export type Tensors = Readonly<Record<string, Tensor>>;
/** Runs a graph: inputs by name → outputs by name. */
export type Program = (inputs: Tensors) => Promise<Record<string, Tensor>>;

/** The graph in ONNX Runtime, on one thread. */
export async function open(parts: FileParts): Promise<Program> {
  const session = await InferenceSession.create(Buffer.concat(parts), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return async (inputs) => ({ ...(await session.run(inputs)) });
}

export const floats = (data: Float32Array, shape: readonly number[]) => new Tensor('float32', data, shape);

/** ids [b n] */
export const ids = (rows: readonly (readonly number[])[]) =>
  new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0]);

export const rowsOf = ({ data, shape: [count = 0, width = 0] }: Raw) =>
  Array.from({ length: count }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));

export const valuesOf = ({ data }: Tensor) => [...(data as Float32Array)];
