import * as tf from '@tensorflow/tfjs-core';

/** The part of the WebGL backend that is needed to keep a table in pieces. */
type Backend = tf.KernelBackend & {
  texData: { get(id: object): { values: tf.backend_util.TypedArray | null } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.backend_util.TypedArray): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
  disposeData(id: object, force?: boolean): boolean;
};
type Piece = { readonly info: tf.TensorInfo; readonly start: number; readonly rows: number };
type Kernel = (inputs: tf.NamedTensorInfoMap, attrs?: object) => tf.TensorInfo;

/** The pieces of tables larger than a texture, by their data. They are made once and freed with the table. */
const split = new WeakMap<object, readonly Piece[]>();
const watched = new WeakSet<object>();
const wrapped = new Map<string, tf.KernelConfig>();

/**
 * Makes `gather` along the first axis and the product with a transposed table work for tables with more numbers than a
 * texture can hold (WEBGL_MAX_TEXTURE_SIZE squared). Such a table is kept on the GPU in pieces of whole rows. Other
 * operations still refuse it, so it can be read but not trained.
 */
export function splitLargeTables(): void {
  wrap(tf.GatherV2, (stock, params) => {
    const { x, indices } = params.inputs as Record<'x' | 'indices', tf.TensorInfo>;
    const { axis, batchDims } = params.attrs as unknown as tf.GatherV2Attrs;
    const first = tf.util.parseAxisParam(axis, x.shape)[0] === 0 && batchDims === 0;
    if (!isLarge(x) || !first) return stock(params);
    return gather(params.backend as Backend, x, indices);
  });
  wrap(tf.BatchMatMul, (stock, params) => {
    const { a, b } = params.inputs as Record<'a' | 'b', tf.TensorInfo>;
    const { transposeA, transposeB } = params.attrs as unknown as tf.BatchMatMulAttrs;
    if (!isLarge(b) || !transposeB || transposeA || b.shape.slice(0, -2).some((size) => size !== 1))
      return stock(params);
    return product(params.backend as Backend, a, b);
  });
}

function isLarge({ shape, dtype }: tf.TensorInfo): boolean {
  return dtype !== 'string' && shape.length >= 2 && tf.util.sizeFromShape(shape) > textureSize() ** 2;
}

const textureSize = () => tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE');

/** Rows by their number; a piece returns zeros for rows that it does not contain. x [rows …rest], indices […] → [… …rest] */
function gather(backend: Backend, x: tf.TensorInfo, indices: tf.TensorInfo): tf.TensorInfo {
  const kernel = kernels(backend);
  let sum: tf.TensorInfo | undefined;
  for (const { info, start } of piecesOf(backend, x)) {
    const offset = backend.makeTensorInfo([], 'int32', Int32Array.of(start));
    const local = kernel(tf.Sub)({ a: indices, b: offset });
    const found = kernel(tf.GatherV2)({ x: info, indices: local }, { axis: 0, batchDims: 0 });
    const next = sum ? kernel(tf.Add)({ a: sum, b: found }) : found;
    free(backend, offset, local, ...(sum ? [sum, found] : []));
    sum = next;
  }
  return sum as tf.TensorInfo;
}

/** a·bᵀ, piece by piece. a [… n d], b [rows d] → [… n rows] */
function product(backend: Backend, a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
  const kernel = kernels(backend);
  const rank = a.shape.length;
  const lead = b.shape.slice(0, -2);
  const parts = piecesOf(backend, { ...b, shape: b.shape.slice(-2) }).map(({ info, rows }) => {
    const piece = { ...info, shape: [...lead, rows, b.shape.at(-1) as number] };
    return kernel(tf.BatchMatMul)({ a, b: piece }, { transposeA: false, transposeB: true });
  });
  const whole = kernel(tf.Concat)(parts as unknown as tf.NamedTensorInfoMap, { axis: rank - 1 });
  free(backend, ...parts);
  return whole;
}

/** Pieces of whole rows, each at most a quarter of a texture, because packing may double the space they need. */
function piecesOf(backend: Backend, { dataId, shape, dtype }: tf.TensorInfo): readonly Piece[] {
  const known = split.get(dataId);
  if (known) return known;
  const values = backend.readSync(dataId) as tf.backend_util.TypedArray;
  const width = tf.util.sizeFromShape(shape.slice(1));
  const most = Math.max(1, Math.floor(textureSize() ** 2 / 4 / width));
  const pieces: Piece[] = [];
  for (let start = 0; start < shape[0]!; start += most) {
    const rows = Math.min(most, shape[0]! - start);
    const part = values.subarray(start * width, (start + rows) * width);
    pieces.push({ info: backend.makeTensorInfo([rows, ...shape.slice(1)], dtype, part), start, rows });
  }
  split.set(dataId, pieces);
  freeWithTable(backend);
  return pieces;
}

/** Lets the backend free a table's pieces when it frees the table. */
function freeWithTable(backend: Backend): void {
  if (watched.has(backend)) return;
  watched.add(backend);
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (id, force) => {
    const gone = dispose(id, force);
    const pieces = gone ? split.get(id) : undefined;
    split.delete(id);
    for (const { info } of pieces ?? []) dispose(info.dataId, true);
    return gone;
  };
}

function free(backend: Backend, ...infos: tf.TensorInfo[]): void {
  for (const info of infos) backend.disposeIntermediateTensorInfo(info);
}

/** The stock kernels, outside TensorFlow.js' engine: no gradients, no tracking. */
function kernels(backend: tf.KernelBackend): (name: string) => Kernel {
  return (name) => {
    const config = wrapped.get(name) ?? tf.getKernel(name, 'webgl');
    return (inputs, attrs = {}) =>
      config.kernelFunc({ inputs, backend, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo;
  };
}

type Params = Parameters<tf.KernelFunc>[0];

/** Registers `kernel` in place of the stock one, which it may call. */
function wrap(name: string, kernel: (stock: tf.KernelFunc, params: Params) => ReturnType<tf.KernelFunc>): void {
  if (wrapped.has(name)) return;
  const stock = tf.getKernel(name, 'webgl');
  wrapped.set(name, stock);
  tf.unregisterKernel(name, 'webgl');
  tf.registerKernel({ ...stock, kernelFunc: (params) => kernel(stock.kernelFunc, params) });
}
