import {
  checkEntry,
  checkSpans,
  mistakenFor,
  product,
  type Raw,
  readHeader,
  readSafetensors,
} from '@ringformer/core/base';
import { isRead, KINDS, room, type StoredType, UNREAD } from './dtypes.ts';
import { refusedFile } from './errors.ts';

/** A tensor as a file describes it. */
export type Listed = {
  readonly name: string;
  /** The stored type, by its name in safetensors: 'F64', 'BF16', 'F8_E4M3', 'BOOL' … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly count: number;
};

const SIZES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(KINDS).map(([name, { size }]) => [name, size])),
  ...Object.fromEntries(Object.entries(UNREAD).map(([name, bits]) => [name, bits / 8])),
};

/** What core reads many numbers of at once. */
const QUICK = new Set(['F32', 'F16', 'BF16', 'I8', 'I32']);

/** Where each tensor is. `size`: of the file, of which `bytes` may be only the beginning with the header. */
function spansOf(bytes: Uint8Array, size: number) {
  const { header, start } = readHeader(bytes);
  const { __metadata__: _, ...entries } = header;
  const spans = Object.entries(entries).map(([name, entry]) => checkEntry<string>(name, entry, size - start, SIZES));
  checkSpans(spans, size - start);
  return { spans, start };
}

/** What a safetensors file holds, by its header: `bytes` need not have more, but `size` is that of the whole file. */
export const listSafetensors = (bytes: Uint8Array, size: number): Listed[] =>
  spansOf(bytes, size).spans.map(({ name, dtype, shape }) => ({ name, dtype, shape, count: product(shape) }));

/** The tensors of a safetensors file of any type. Those that no number of ours can hold are skipped and named. */
export function readAnySafetensors(bytes: Uint8Array): { tensors: Record<string, Raw>; skipped: string[] } {
  const { spans, start } = spansOf(bytes, bytes.length);
  if (spans.every(({ dtype }) => QUICK.has(dtype)))
    return { tensors: { ...readSafetensors(bytes).tensors }, skipped: [] };
  const tensors: Record<string, Raw> = Object.create(null);
  const skipped: string[] = [];
  for (const { name, dtype, shape, from } of spans) {
    const raw = isRead(dtype) ? decode(bytes, start + from, dtype, shape) : undefined;
    if (raw) tensors[name] = raw;
    else skipped.push(`${name} (${dtype}${isRead(dtype) ? ' beyond 32 bits' : ''})`);
  }
  return { tensors: { ...tensors }, skipped };
}

/** undefined if an integer does not fit. */
function decode(bytes: Uint8Array, at: number, type: StoredType, shape: readonly number[]): Raw | undefined {
  const { dtype, size, read } = KINDS[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = room(dtype, product(shape));
  for (let i = 0; i < data.length; i++) {
    const value = read(view, at + i * size);
    data[i] = value;
    if (dtype === 'I64' && data[i] !== value) return undefined;
  }
  return { dtype, shape, data };
}

/** Other formats by how they begin, and what to do about them. None of these can begin a safetensors file, whose ninth byte is '{'. */
const OTHERS: readonly (readonly [start: string, says: string])[] = [
  ['\x1f\x8b\x08', 'a gzip archive. Unpack it first'],
  ['BZh', 'a bzip2 archive. Unpack it first'],
  ['\xfd7zXZ', 'an xz archive. Unpack it first'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive. Unpack it first'],
  ['7z\xbc\xaf', 'a 7-Zip archive. Unpack it first'],
  ['\x89HDF', 'an HDF5 file, as Keras writes them. Save the weights as safetensors'],
  ['GGUF', 'a GGUF file. Give the safetensors or PyTorch file that it was made from'],
  ['\x93NUMPY', "one of NumPy's arrays. Save all weights in one file, as safetensors"],
];
const TAR = 'ustar';
const TAR_AT = 257;

/** @throws RingformerError 'bad-checkpoint' if something else was stored or downloaded in the file's place */
export function checkIsFile(bytes: Uint8Array): void {
  if (bytes.length === 0) throw refusedFile('The file is empty. Download or write it again.');
  const mistaken = mistakenFor(bytes);
  if (mistaken) throw refusedFile(`This is ${mistaken}`);
  const text = (from: number, length: number) => String.fromCharCode(...bytes.subarray(from, from + length));
  if (text(8, 1) === '{') return;
  const start = text(0, 8);
  const other = OTHERS.find(([signature]) => start.startsWith(signature))?.[1];
  if (other) throw refusedFile(`This is ${other}.`);
  if (text(TAR_AT, TAR.length) === TAR) throw refusedFile('This is a tar archive. Unpack it first.');
}
