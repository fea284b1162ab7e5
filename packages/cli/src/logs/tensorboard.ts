import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError, systemCode } from './file-error.ts';

/** A TensorBoard event file that is open for appending. */
export type EventLog = {
  readonly path: string;
  /** Appends the value of `tag` (such as 'train/loss') at a step, at once. @throws RingformerError 'bad-file' */
  scalar(tag: string, value: number, step: number): void;
  close(): void;
};

/**
 * Starts a new event file `events.out.tfevents.<seconds>.<host>` in a directory, which is created if it does not exist. Each
 * run has its own file, and so has each resumed run. With `keepSteps`, the step a run resumes from, TensorBoard is asked to
 * forget later steps of earlier files. `clock` returns milliseconds since 1970. The format: TFRecord, each record an Event
 * of tensorflow/core/util/event.proto.
 * @throws RingformerError 'bad-file' if the file cannot be created.
 */
export function openEvents(directory: string, options: { clock?: () => number; keepSteps?: number } = {}): EventLog {
  const { clock = Date.now, keepSteps } = options;
  const seconds = () => clock() / 1000;
  const { path, file } = createFile(directory, seconds());
  const append = (event: number[]) => {
    const record = tfRecord(Uint8Array.from(event));
    try {
      for (let done = 0; done < record.length; ) done += writeSync(file, record, done);
    } catch (cause) {
      throw fileError('write the events', path, cause);
    }
  };
  append([...double(1, seconds()), ...bytes(3, utf8('brain.Event:2'))]);
  if (keepSteps !== undefined) {
    const start = varint(1, SESSION_START);
    append([...double(1, seconds()), ...varint(2, keepSteps + 1), ...bytes(7, start)]);
  }
  return {
    path,
    scalar(tag, value, step) {
      const summary = bytes(1, [...bytes(1, utf8(tag)), ...float(2, value)]);
      append([...double(1, seconds()), ...varint(2, step), ...bytes(5, summary)]);
    },
    close: () => closeSync(file),
  };
}

/** SessionLog.START: readers drop what they know of this event's step and later ones. */
const SESSION_START = 1;

function createFile(directory: string, seconds: number): { path: string; file: number } {
  const host = hostname().replace(/[^\w.-]/g, '_');
  const name = join(directory, `events.out.tfevents.${Math.floor(seconds)}.${host}`);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    throw fileError('make the directory', directory, cause);
  }
  for (let i = 0; ; i++) {
    const path = i === 0 ? name : `${name}.${i}`; // two runs started within one second
    try {
      return { path, file: openSync(path, 'ax') };
    } catch (cause) {
      if (systemCode(cause) !== 'EEXIST') throw fileError('open the events', path, cause);
    }
  }
}

/** Length (8 bytes, little-endian), its checksum, the data, its checksum. */
function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) of some bytes. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * TFRecord stores checksums rotated by 15 bits plus a constant, because checksums of data that contains checksums are weak.
 */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

// Fields of protocol buffers: a key (field number and wire type), then the value.
const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const varint = (field: number, value: number) => [field << 3, ...varintBytes(value)];
const double = (field: number, value: number) => [(field << 3) | 1, ...new Uint8Array(littleEndian(8, value))];
const bytes = (field: number, data: number[]) => [(field << 3) | 2, ...varintBytes(data.length), ...data];
const float = (field: number, value: number) => [(field << 3) | 5, ...new Uint8Array(littleEndian(4, value))];

/** Seven bits per byte, the lowest first. By division, because shifts would cut steps to 32 bits. */
function varintBytes(value: number): number[] {
  const out: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) + 128);
  return [...out, value];
}

function littleEndian(size: 4 | 8, value: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return view.buffer;
}
