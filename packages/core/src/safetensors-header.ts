import { RingformerError } from './errors.ts';
import { mistakenFor } from './mistaken.ts';
import { product } from './product.ts';

/** The element types that we read and write. F32, F16 and BF16 become float32 in memory. */
export type Dtype = 'F32' | 'F16' | 'BF16' | 'I8' | 'I32' | 'I64';

/** Bytes of one number. */
export const BYTES: Record<Dtype, number> = { F32: 4, F16: 2, BF16: 2, I8: 1, I32: 4, I64: 8 };
/** The format's own limit on its JSON header. */
const MAX_HEADER = 100_000_000;

/** The error for every file that cannot be read. */
export const bad = (
  problem: string,
  remedy = 'The file is damaged or not a safetensors file: download or write it again.',
) => new RingformerError('bad-checkpoint', `[ringformer/core] Cannot read safetensors: ${problem} ${remedy}`.trimEnd());

/** The header of a file, and where the data starts. */
export function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  const mistaken = mistakenFor(bytes);
  if (mistaken) throw bad(`this is ${mistaken}`, '');
  if (bytes.length < 8) throw bad(`expected 8 bytes of header length, but the file has ${bytes.length}.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER) throw bad(`its header claims ${length} bytes, but the format allows ${MAX_HEADER}.`);
  if (length > bytes.length - 8) {
    throw bad(`its header claims ${length} bytes, but the file has ${bytes.length - 8} after the length.`);
  }
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length));
    header = JSON.parse(text);
  } catch (cause) {
    throw bad(`its header is not JSON (${(cause as Error).message}).`);
  }
  if (!isRecord(header)) throw bad('its header is not a JSON object.');
  const twice = repeatedKey(text);
  if (twice !== undefined) throw bad(`its header describes ${show(twice)} twice.`);
  return { header, start: 8 + length };
}

/** The first key that an object of a valid JSON text has twice: JSON.parse would silently take the last. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = []; // the keys so far of each enclosing object; a list's set stays empty
  let string = '';
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      const from = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
      string = json.slice(from, at + 1);
    } else if (character === ':') {
      const key = JSON.parse(string) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    } else if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
  }
  return undefined;
}

/** A value for a message: short, and safe whatever the JSON contained. */
export function show(value: unknown): string {
  const inside = Array.isArray(value) ? value : [value];
  if (inside.length > 8 || inside.some((x) => typeof x === 'object' && x !== null)) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** Where a tensor's bytes are, counted from the end of the header. */
export type Span<D = Dtype> = { name: string; dtype: D; shape: number[]; from: number; to: number };

/** A tensor's description, checked against the `room` that the data has. `sizes`: bytes of a number by element type. */
export function checkEntry<D extends string = Dtype>(
  name: string,
  entry: unknown,
  room: number,
  sizes: Readonly<Record<D, number>> = BYTES as Record<D, number>,
): Span<D> {
  const tensor = `tensor ${show(name)}`;
  if (!isRecord(entry)) throw bad(`${tensor} is described by ${show(entry)}.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(sizes, dtype)) {
    throw bad(
      `${tensor} has element type ${show(dtype)}.`,
      `Supported are ${Object.keys(sizes).join(', ')}: convert it first.`,
    );
  }
  const natural = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(natural)) throw bad(`${tensor} has shape ${show(shape)}.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(natural)) {
    throw bad(`${tensor} has offsets ${show(offsets)}.`);
  }
  const [from, to] = offsets as [number, number];
  if (from > to || to > room) throw bad(`${tensor} is at bytes ${from} to ${to}, but the data has ${room}.`);
  const size = sizes[dtype as D] * product(shape);
  if (size !== to - from) {
    throw bad(`${tensor} ${dtype}${show(shape)} needs ${size} bytes, but its offsets span ${to - from}.`);
  }
  return { name, dtype: dtype as D, shape, from, to };
}

/** Throws if spans overlap, leave holes, or end before or after the data. */
export function checkSpans(spans: readonly Span<unknown>[], room: number): void {
  const inOrder = [...spans].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of inOrder) {
    if (from < end) throw bad(`tensor ${show(name)} at byte ${from} overlaps its neighbour, which ends at ${end}.`);
    if (from > end) throw bad(`bytes ${end} to ${from}, before tensor ${show(name)}, belong to no tensor.`);
    end = to;
  }
  if (end !== room) throw bad(`the tensors end at byte ${end}, but the data at ${room}.`);
}

/** True for JSON objects. */
export function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}
