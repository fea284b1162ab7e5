import { statSync } from 'node:fs';
import type { Io } from './io.ts';
import { formatDuration } from './logs/progress.ts';
import { statusLine } from './status-line.ts';

/** How far long work over files has come. */
export type ProgressLine = {
  /** `done` bytes of the input are dealt with; `said` says what that is, such as '120 lines'. */
  show(done: number, said: string): void;
  /** What was done in an earlier run doesn't count for the speed. */
  skip(done: number): void;
  clear(): void;
};

/** Without a terminal, a line is written this often, for work that writes a file. */
const EVERY_MS = 60_000;

/** Shows per cent and the time that is left, if the size of the input is known. */
export function progressLine(io: Io, total: number | undefined, isFile: boolean): ProgressLine {
  const status = statusLine(io);
  const began = performance.now();
  let told = began;
  let skipped = 0;
  const text = (done: number, said: string) => {
    if (total === undefined || total === 0) return said;
    const share = Math.min(1, done / total);
    const seconds = (performance.now() - began) / 1000;
    const fresh = done - skipped;
    const left = fresh > 0 ? `, ETA ${formatDuration((seconds * (total - done)) / fresh)}` : '';
    return `${Math.floor(100 * share)} % done${left}  ${said}`;
  };
  return {
    show(done, said) {
      if (io.stderr.isTTY) return status.show(text(done, said));
      if (!isFile || performance.now() - told < EVERY_MS) return;
      told = performance.now();
      io.stderr.write(`ringformer: ${text(done, said)}\n`);
    },
    skip(done) {
      skipped = done;
    },
    clear: () => status.clear(),
  };
}

/** The bytes of files; undefined if one is a pipe or cannot be seen. */
export function sizeOf(files: readonly string[]): number | undefined {
  let sum = 0;
  for (const file of files) {
    const found = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) return undefined;
    sum += found.size;
  }
  return sum;
}
