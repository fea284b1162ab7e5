import { RingformerError } from './errors.ts';

/** The element types that we read and write. All but I32 and I64 become float32 in memory. */
export type Dtype = 'F32' | 'F16' | 'BF16' | 'I32' | 'I64';
/** One tensor outside any backend, row-major. I64 values must fit in 32 bits. */
export type Raw = {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
};
export type SafetensorsFile = { readonly tensors: Record<string, Raw>; readonly metadata: Record<string, string> };

const BYTES: Record<Dtype, number> = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 };
/** The format's own limit on its JSON header. */
const MAX_HEADER = 100_000_000;

const bad = (problem: string, remedy = 'The file is damaged or not a safetensors file: fetch or write it again.') =>
  new RingformerError('bad-checkpoint', `[ringformer] Cannot read safetensors: ${problem} ${remedy}`);

/**
 * Reads a safetensors file (format of huggingface/safetensors): 8 bytes of header length, a JSON header, the data.
 * @throws RingformerError 'bad-checkpoint' on truncation, an oversized or malformed header, offsets that overlap, leave
 * holes or leave the file, and on element types not listed in `Dtype`.
 */
export function readSafetensors(source: Uint8Array): SafetensorsFile {
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength); // a Buffer's slice() would not copy
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors: Record<string, Raw> = {};
  const spans: { name: string; from: number; to: number }[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, from, to } = checkEntry(name, entry, bytes.length - start);
    spans.push({ name, from, to });
    tensors[name] = { dtype, shape, data: decode(bytes.slice(start + from, start + to), dtype, name) };
  }
  checkSpans(spans, bytes.length - start);
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw bad('__metadata__ is not a map of strings.');
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw bad(`8 bytes of header length wanted, the file has ${bytes.length}.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER) throw bad(`its header claims ${length} bytes, the format allows ${MAX_HEADER}.`);
  if (length > bytes.length - 8)
    throw bad(`its header claims ${length} bytes, the file has ${bytes.length - 8} after the length.`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    throw bad(`its header is not JSON (${(cause as Error).message}).`);
  }
  if (!isRecord(header)) throw bad('its header is not a JSON object.');
  return { header, start: 8 + length };
}

function checkEntry(name: string, entry: unknown, room: number) {
  if (!isRecord(entry)) throw bad(`tensor ${name} is described by ${JSON.stringify(entry)}.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !(dtype in BYTES)) {
    throw bad(
      `tensor ${name} has element type ${dtype}.`,
      `We read ${Object.keys(BYTES).join(', ')}: convert it first.`,
    );
  }
  const natural = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(natural)) throw bad(`tensor ${name} has shape ${JSON.stringify(shape)}.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(natural)) {
    throw bad(`tensor ${name} has offsets ${JSON.stringify(offsets)}.`);
  }
  const [from, to] = offsets as [number, number];
  if (from > to || to > room) throw bad(`tensor ${name} lies at bytes ${from} to ${to}, the data has ${room}.`);
  const size = shape.reduce((total: number, n: number) => total * n, BYTES[dtype as Dtype]);
  if (size !== to - from)
    throw bad(`tensor ${name} ${dtype}[${shape}] needs ${size} bytes, its offsets span ${to - from}.`);
  return { dtype: dtype as Dtype, shape: shape as number[], from, to };
}

function checkSpans(spans: { name: string; from: number; to: number }[], room: number): void {
  spans.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of spans) {
    if (from < end) throw bad(`tensor ${name} at byte ${from} overlaps its neighbour, which ends at ${end}.`);
    if (from > end) throw bad(`bytes ${end} to ${from}, before tensor ${name}, belong to no tensor.`);
    end = to;
  }
  if (end !== room) throw bad(`the tensors end at byte ${end}, the data at ${room}.`);
}

function decode(bytes: Uint8Array, dtype: Dtype, name: string): Float32Array | Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.byteLength / BYTES[dtype];
  if (dtype === 'F32')
    return LITTLE_ENDIAN
      ? new Float32Array(bytes.buffer)
      : Float32Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
  if (dtype === 'I32') return Int32Array.from({ length: size }, (_, i) => view.getInt32(4 * i, true));
  if (dtype === 'I64') {
    return Int32Array.from({ length: size }, (_, i) => {
      const value = view.getBigInt64(8 * i, true);
      if (value !== BigInt.asIntN(32, value)) throw bad(`tensor ${name} holds ${value}, more than 32 bits.`);
      return Number(value);
    });
  }
  const halves = Uint16Array.from({ length: size }, (_, i) => view.getUint16(2 * i, true));
  const out = new Float32Array(size);
  const bits = new Uint32Array(out.buffer);
  if (dtype === 'BF16') halves.forEach((h, i) => (bits[i] = h << 16));
  else halves.forEach((h, i) => (out[i] = halfToFloat(h)));
  return out;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** IEEE 754 binary16 → number. */
export function halfToFloat(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** Number → IEEE 754 binary16, round to nearest, ties to even; beyond 65,504 it is infinite. */
export function floatToHalf(x: number): number {
  scratch.setFloat32(0, x);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundEven(Math.abs(x) * 2 ** 24);
  const rebased = magnitude - 0x38000000;
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function floatToBfloat(x: number): number {
  scratch.setFloat32(0, x);
  const bits = scratch.getUint32(0);
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function encode({ dtype, data }: Raw): Uint8Array {
  const bytes = new Uint8Array(data.length * BYTES[dtype]);
  const view = new DataView(bytes.buffer);
  const put: Record<Dtype, (i: number, x: number) => void> = {
    F32: (i, x) => view.setFloat32(4 * i, x, true),
    F16: (i, x) => view.setUint16(2 * i, floatToHalf(x), true),
    BF16: (i, x) => view.setUint16(2 * i, floatToBfloat(x), true),
    I32: (i, x) => view.setInt32(4 * i, x, true),
    I64: (i, x) => view.setBigInt64(8 * i, BigInt(x), true),
  };
  if (dtype === 'F32' && LITTLE_ENDIAN) return new Uint8Array(Float32Array.from(data).buffer);
  data.forEach((x, i) => put[dtype](i, x));
  return bytes;
}

/** The bytes of a safetensors file; tensors in the order given, the data aligned to 8 bytes. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  const parts = Object.entries(tensors).map(([name, raw]) => {
    const bytes = encode(raw);
    header[name] = { dtype: raw.dtype, shape: raw.shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    return bytes;
  });
  const text = new TextEncoder().encode(JSON.stringify(header));
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

function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}
