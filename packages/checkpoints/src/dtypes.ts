// Numbers of every type that checkpoints store, and what becomes of them in memory.
import { type Dtype, halfToFloat } from '@ringformer/core/base';

/** A stored type. `dtype`: the type that holds its values in memory; `size`: bytes of a number. */
export type Kind = { readonly dtype: Dtype; readonly size: number; read(view: DataView, at: number): number };

const float = (bits: number): number => {
  word.setUint32(0, bits);
  return word.getFloat32(0);
};
const word = new DataView(new ArrayBuffer(4));

/** An 8-bit float without infinities unless `infinite`; `bias` and `fraction` bits as in OCP's specification of 2023. */
function small(code: number, fraction: number, bias: number, infinite: boolean, negativeZeroIsNaN = false): number {
  const sign = code & 128 ? -1 : 1;
  const magnitude = code & 127;
  const exponent = magnitude >> fraction;
  const part = (magnitude & ((1 << fraction) - 1)) / (1 << fraction);
  if (negativeZeroIsNaN) {
    if (code === 128) return Number.NaN;
  } else if (infinite && exponent === 31) return part === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  else if (!infinite && magnitude === 127) return Number.NaN;
  return exponent === 0 ? sign * part * 2 ** (1 - bias) : sign * (1 + part) * 2 ** (exponent - bias);
}

const byte = (read: (code: number) => number): Kind => ({
  dtype: 'F16', // holds all of them exactly
  size: 1,
  read: (view, at) => read(view.getUint8(at)),
});

/** By the names of safetensors. */
export const KINDS = {
  F64: { dtype: 'F32', size: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { dtype: 'F32', size: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { dtype: 'F16', size: 2, read: (view, at) => halfToFloat(view.getUint16(at, true)) },
  BF16: { dtype: 'BF16', size: 2, read: (view, at) => float(view.getUint16(at, true) << 16) },
  F8_E4M3: byte((code) => small(code, 3, 7, false)),
  F8_E5M2: byte((code) => small(code, 2, 15, true)),
  F8_E4M3FNUZ: byte((code) => small(code, 3, 8, false, true)),
  F8_E5M2FNUZ: byte((code) => small(code, 2, 16, false, true)),
  F8_E8M0: { dtype: 'F32', size: 1, read: (view, at) => power(view.getUint8(at)) },
  I64: { dtype: 'I64', size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  U64: { dtype: 'I64', size: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  I32: { dtype: 'I32', size: 4, read: (view, at) => view.getInt32(at, true) },
  U32: { dtype: 'I64', size: 4, read: (view, at) => view.getUint32(at, true) },
  I16: { dtype: 'I32', size: 2, read: (view, at) => view.getInt16(at, true) },
  U16: { dtype: 'I32', size: 2, read: (view, at) => view.getUint16(at, true) },
  I8: { dtype: 'I8', size: 1, read: (view, at) => view.getInt8(at) },
  U8: { dtype: 'I32', size: 1, read: (view, at) => view.getUint8(at) },
  BOOL: { dtype: 'I32', size: 1, read: (view, at) => view.getUint8(at) },
} as const satisfies Record<string, Kind>;

/** A scale of microscaling formats: a power of two. */
const power = (code: number) => (code === 255 ? Number.NaN : 2 ** (code - 127));

export type StoredType = keyof typeof KINDS;

/** Types that `inspect` lists although nothing here reads their numbers, and their bits. */
export const UNREAD: Readonly<Record<string, number>> = { C64: 64, C128: 128, F4: 4, F6_E2M3: 6, F6_E3M2: 6 };

export const isRead = (name: string): name is StoredType => Object.hasOwn(KINDS, name);

/** An array for the values in memory. */
export const room = (dtype: Dtype, count: number) =>
  dtype === 'I8' ? new Int8Array(count) : dtype.startsWith('I') ? new Int32Array(count) : new Float32Array(count);
