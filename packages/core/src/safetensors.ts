import { RingformerError } from './errors.ts';
import { bfloatsToFloats, floatToBfloat, floatToHalf, halvesToFloats } from './half.ts';
import { product } from './product.ts';
import { BYTES, bad, checkEntry, checkSpans, type Dtype, isRecord, readHeader, show } from './safetensors-header.ts';

export type { Dtype } from './safetensors-header.ts';

/** One tensor outside any backend, row-major. I64 values must fit in 32 bits. */
export type Raw = {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Int8Array;
};
export type SafetensorsFile = { readonly tensors: Record<string, Raw>; readonly metadata: Record<string, string> };

/**
 * Reads a safetensors file (the format of huggingface/safetensors): 8 bytes of header length, a JSON header, the data.
 * @throws RingformerError 'bad-checkpoint' if the file is truncated, if its header is oversized or malformed, if offsets
 * overlap, leave holes or leave the file, or if an element type is not listed in `Dtype`.
 */
export function readSafetensors(source: Uint8Array): SafetensorsFile {
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength); // a Buffer's slice() would not copy
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const spans = Object.entries(entries).map(([name, entry]) => checkEntry(name, entry, bytes.length - start));
  checkSpans(spans, bytes.length - start);
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw bad('__metadata__ is not a map of strings.');
  }
  // Bytes are copied only after checking that no spans overlap: a header cannot make us read one byte twice.
  const tensors = Object.fromEntries(
    spans.map(({ name, dtype, shape, from, to }) => {
      return [name, { dtype, shape, data: decode(bytes.subarray(start + from, start + to), dtype, name) }];
    }),
  );
  return { tensors, metadata: metadata as Record<string, string> };
}

function decode(bytes: Uint8Array, dtype: Dtype, name: string): Raw['data'] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.byteLength / BYTES[dtype];
  if (dtype === 'F32')
    return LITTLE_ENDIAN
      ? new Float32Array(bytes.slice().buffer)
      : Float32Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
  if (dtype === 'I8') return new Int8Array(bytes.slice().buffer);
  if (dtype === 'I32') return Int32Array.from({ length: size }, (_, i) => view.getInt32(4 * i, true));
  if (dtype === 'I64') {
    return Int32Array.from({ length: size }, (_, i) => {
      const value = view.getBigInt64(8 * i, true);
      if (value !== BigInt.asIntN(32, value)) throw bad(`tensor ${show(name)} holds ${value}, more than 32 bits.`);
      return Number(value);
    });
  }
  const halves =
    LITTLE_ENDIAN && bytes.byteOffset % 2 === 0
      ? new Uint16Array(bytes.buffer, bytes.byteOffset, size)
      : Uint16Array.from({ length: size }, (_, i) => view.getUint16(2 * i, true));
  return dtype === 'BF16' ? bfloatsToFloats(halves) : halvesToFloats(halves);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function encode({ dtype, data }: Raw): Uint8Array {
  const bytes = new Uint8Array(data.length * BYTES[dtype]);
  const view = new DataView(bytes.buffer);
  const put: Record<Dtype, (i: number, x: number) => void> = {
    F32: (i, x) => view.setFloat32(4 * i, x, true),
    F16: (i, x) => view.setUint16(2 * i, floatToHalf(x), true),
    BF16: (i, x) => view.setUint16(2 * i, floatToBfloat(x), true),
    I8: (i, x) => view.setInt8(i, x),
    I32: (i, x) => view.setInt32(4 * i, x, true),
    I64: (i, x) => view.setBigInt64(8 * i, BigInt(x), true),
  };
  if (dtype === 'F32' && LITTLE_ENDIAN) return new Uint8Array(Float32Array.from(data).buffer);
  data.forEach((x, i) => put[dtype](i, x));
  return bytes;
}

/**
 * The bytes of a safetensors file: tensors in the order given, the data aligned to 8 bytes.
 * @throws RingformerError 'bad-shape' if a tensor does not have as many numbers as its shape says.
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: [name: string, entry: unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  const parts = Object.entries(tensors).map(([name, raw]) => {
    const size = product(raw.shape);
    if (size !== raw.data.length) {
      const problem = `${name} [${raw.shape}] needs ${size} numbers, got ${raw.data.length}.`;
      throw new RingformerError('bad-shape', `[ringformer/core] Cannot write safetensors: ${problem}`);
    }
    const bytes = encode(raw);
    header.push([name, { dtype: raw.dtype, shape: raw.shape, data_offsets: [offset, offset + bytes.length] }]);
    offset += bytes.length;
    return bytes;
  });
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let at = 8 + padded;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
