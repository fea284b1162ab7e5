import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { FailedError } from '../errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { type Io, write } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { fileError } from '../logs/file-error.ts';

/** The parts of a long job that are done, in order, so that a later run goes on after them. */
export type Journal = {
  /** What `work` gives, or gave at this place in an earlier run. `where` names the place in errors. */
  run(given: unknown, where: string, work: () => Promise<string>): Promise<{ text: string; isOld: boolean }>;
};

/** What a run must have in common with the one that it continues, by name. */
export type Facts = Readonly<Record<string, string>>;

/** Beside the output while it is being made. */
export const folderOf = (output: string): string => `${output}.partial`;
const SETTINGS = 'settings.json';
const DONE = 'done.jsonl';

/**
 * Runs `work` with the journal of an output. It is kept if the work fails, is stopped or is killed, and removed once the
 * work is done.
 * @throws FailedError if the journal belongs to another run; RingformerError 'bad-file' if another process has it
 */
export async function withJournal<T>(
  output: string,
  facts: Facts,
  io: Io,
  work: (journal: Journal) => Promise<T>,
): Promise<T> {
  const folder = folderOf(output);
  const lock = lockFolder(folder);
  let isKept = true;
  let isDone = false;
  try {
    const isNew = !existsSync(join(folder, SETTINGS));
    if (isNew) {
      rmSync(join(folder, DONE), { force: true });
      writeFileAtomic(join(folder, SETTINGS), `${JSON.stringify(facts, null, 2)}\n`);
    } else checkFacts(folder, facts);
    const opened = await openJournal(join(folder, DONE), folder, lock.check);
    if (opened.count() > 0)
      await write(io.stderr, `ringformer: resuming: ${folder} holds the first part of ${output}.\n`);
    try {
      const result = await work(opened.journal);
      isDone = true;
      return result;
    } finally {
      opened.close();
      isKept = !isDone && opened.count() > 0;
    }
  } finally {
    if (!isKept) for (const name of [DONE, SETTINGS]) rmSync(join(folder, name), { force: true });
    lock.release();
    if (!isKept) removeIfEmpty(folder);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {} // it is gone, or somebody has put something there
}

function checkFacts(folder: string, facts: Facts): void {
  let old: Facts;
  try {
    old = JSON.parse(readFileSync(join(folder, SETTINGS), 'utf8')) as Facts;
  } catch (cause) {
    throw new FailedError(`${join(folder, SETTINGS)} can't be read. Delete ${folder} to start again.`, { cause });
  }
  const names = [...new Set([...Object.keys(old), ...Object.keys(facts)])].filter((name) => old[name] !== facts[name]);
  if (names.length === 0) return;
  const said = names.map((name) => `${name} (${old[name] ?? 'none'}, now ${facts[name] ?? 'none'})`).join(', ');
  throw new FailedError(
    `${folder} belongs to a run that differs in ${said}. Give what it had, or delete ${folder} to start again.`,
  );
}

type Entry = { readonly given: string; readonly text: string; readonly sum: string };

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

function entryOf(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Entry;
    return hash(entry.given + entry.text) === entry.sum ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function openJournal(path: string, folder: string, check: () => void) {
  const { bytes, count } = existsSync(path) ? await soundPart(path) : { bytes: 0, count: 0 };
  if (existsSync(path)) truncateSync(path, bytes); // what was being written when the process was killed
  const old = count > 0 ? linesOf(path) : undefined;
  let total = count;
  let file: number;
  try {
    file = openSync(path, 'a');
  } catch (cause) {
    throw fileError('write', path, cause);
  }
  let left = count;
  const journal: Journal = {
    async run(given, where, work) {
      const key = hash(JSON.stringify(given));
      if (old && left > 0) {
        left--;
        const { line } = (await old.next()).value as { line: string };
        const entry = entryOf(line) as Entry;
        if (entry.given === key) return { text: entry.text, isOld: true };
        throw new FailedError(
          `${where}: the input is not what it was when ${folder} was begun. Delete ${folder} to start again.`,
        );
      }
      const text = await work();
      check();
      try {
        appendFileSync(file, `${JSON.stringify({ given: key, text, sum: hash(key + text) } satisfies Entry)}\n`);
        fsyncSync(file);
        total++;
      } catch (cause) {
        throw fileError('write', path, cause);
      }
      return { text, isOld: false };
    },
  };
  return {
    journal,
    count: () => total,
    close() {
      closeSync(file);
      void old?.return?.(undefined);
    },
  };
}

/** Whole lines whose sums are right, from the beginning. */
async function soundPart(path: string): Promise<{ bytes: number; count: number }> {
  let [bytes, count] = [0, 0];
  for await (const { line, end } of linesOf(path)) {
    if (!entryOf(line)) break;
    bytes = end;
    count++;
  }
  return { bytes, count };
}

/** The lines of a file that end in a line feed, and where each ends. */
async function* linesOf(path: string): AsyncGenerator<{ readonly line: string; readonly end: number }, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      at += end + 1;
      yield { line: rest.toString('utf8', 0, end), end: at };
      rest = rest.subarray(end + 1);
    }
  }
}
