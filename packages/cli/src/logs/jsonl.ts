import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { RingformerError } from '@ringformer/core/base';
import { fileError } from './file-error.ts';

/** One line of a log: a JSON object. `step` is the training step it belongs to. */
export type LogRecord = { readonly [name: string]: unknown; readonly step?: number };

/** A log that is open for appending. */
export type JsonLog = {
  /** The records that were kept from the file, oldest first: a resumed run draws its curve from them. */
  readonly kept: readonly LogRecord[];
  /** Appends one line at once: it survives a kill of the process (not a power failure). @throws RingformerError 'bad-file' */
  write(record: LogRecord): void;
  close(): void;
};

/**
 * Opens a JSON-lines log for appending, and creates it if it does not exist. An incomplete last line, which a killed run may
 * leave, is dropped. With `keepSteps`, the step a run resumes from, the file is cut before the first record of a later step.
 * JSON has no NaN and no infinity: they are written as the strings "NaN", "Infinity" and "-Infinity".
 * @throws RingformerError 'bad-file' if the file cannot be opened, or a line other than the last is not a JSON object.
 */
export function openJsonl(path: string, options: { keepSteps?: number } = {}): JsonLog {
  const file = attempt('open the log', path, () => openSync(path, 'a+'));
  try {
    const regular = fstatSync(file).isFile(); // a pipe or a device has nothing to resume
    const { kept, size, ended } = regular ? readKept(path, options.keepSteps ?? Number.POSITIVE_INFINITY) : NOTHING;
    if (regular) attempt('cut the log', path, () => ftruncateSync(file, size));
    let end = size;
    const append = (text: string) => {
      const bytes = Buffer.from(text);
      attempt('write the log', path, () => writeWhole(file, bytes, regular ? end : undefined));
      end += bytes.length;
    };
    if (!ended) append('\n');
    return {
      kept,
      write: (record) => append(`${JSON.stringify(record, nameNonFinite)}\n`),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * The records of a log, oldest first, without an incomplete last line.
 * @throws RingformerError 'bad-file' as `openJsonl` does
 */
export const readJsonl = (path: string): readonly LogRecord[] => readKept(path, Number.POSITIVE_INFINITY).kept;

type Kept = { kept: LogRecord[]; size: number; ended: boolean };
const NOTHING: Kept = { kept: [], size: 0, ended: true };

/** The records to keep, how many bytes they take, and whether the last of them has its line end. */
function readKept(path: string, keepSteps: number): Kept {
  const bytes = attempt('read the log', path, () => readFileSync(path));
  const kept: LogRecord[] = [];
  let size = 0;
  while (size < bytes.length) {
    const lineEnd = bytes.indexOf(10, size);
    const next = lineEnd < 0 ? bytes.length : lineEnd + 1;
    const record = parseRecord(bytes.toString('utf8', size, next));
    if (record === undefined && next < bytes.length) {
      const message = `${path} is not a JSON-lines log: line ${kept.length + 1} is not a JSON object. Move the file away, or correct that line.`;
      throw new RingformerError('bad-file', message);
    }
    if (record === undefined || (record.step ?? 0) > keepSteps) break;
    kept.push(record);
    size = next;
  }
  return { kept, size, ended: size === 0 || bytes[size - 1] === 10 };
}

function parseRecord(line: string): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** A full disk may accept part of a line: that part is removed again, so that the log stays intact. */
function writeWhole(file: number, bytes: Uint8Array, size: number | undefined): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } catch (error) {
    if (size !== undefined) ftruncateSync(file, size);
    throw error;
  }
}

function nameNonFinite(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function attempt<T>(action: string, path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw fileError(action, path, cause);
  }
}
