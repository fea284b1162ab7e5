import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LogRecord, readJsonl } from '../logs/jsonl.ts';
import type { RunResult } from './run.ts';

/** What the log of a finished run says at its end. */
export type LoggedResult = Omit<RunResult, 'model'>;

/** The result in a log; undefined if the run has gone on since, or is not finished. */
export function resultOf(records: readonly LogRecord[]): LoggedResult | undefined {
  const at = records.findLastIndex(({ result }) => result !== undefined);
  const later = records.slice(at + 1).some(({ loss }) => loss !== undefined);
  return at < 0 || later ? undefined : (records[at]!.result as LoggedResult);
}

/** The result of the run in a folder. @throws RingformerError 'bad-file' if its log is damaged */
export function resultIn(folder: string): LoggedResult | undefined {
  const path = join(folder, 'log.jsonl');
  return existsSync(path) ? resultOf(readJsonl(path)) : undefined;
}
