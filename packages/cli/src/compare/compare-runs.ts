import { existsSync, realpathSync } from 'node:fs';
import { reasonOf } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { checkFolderName } from '../new-folder.ts';
import { groupRuns } from './groups.ts';
import { type Lengths, type Run, readRunOf, runFolders } from './read-run.ts';
import { comparisonOf } from './report.ts';
import { comparisonText } from './table.ts';

export type CompareRequest = {
  readonly io: Io;
  readonly paths: readonly string[];
  readonly output: string | undefined;
  readonly json: boolean;
  readonly lengths: Lengths;
};

/** Compares what can be read, and says what can't. Returns the exit code. */
export async function compareRuns({ io, paths, output, json, lengths }: CompareRequest): Promise<number> {
  if (output !== undefined) checkFolderName(output);
  const problems: string[] = [];
  const attempt = async <T>(path: string, read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      const reason = reasonOf(error);
      problems.push(reason.includes(path) ? reason : `${path}: ${reason}`);
      return undefined;
    }
  };
  const folders: { path: string; runs: Run[] }[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const place = existsSync(path) ? realpathSync(path) : path;
    if (seen.has(place)) continue; // the same run, written in another way
    seen.add(place);

    const runs: Run[] = [];
    for (const folder of (await attempt(path, () => runFolders(path))) ?? []) {
      io.signal.throwIfAborted();
      const run = await attempt(folder, () => readRunOf(folder, lengths));
      if (run) runs.push(run);
    }
    if (runs.length > 0) folders.push({ path, runs });
  }
  const said = problems.map((problem) => `${problem}\n`).join('');
  if (folders.length === 0) throw new FailedError(`There is nothing to compare.\n${said.trimEnd()}`);
  checkOneTask(folders.flatMap(({ runs }) => runs));
  const groups = groupRuns(folders);
  const comparison = comparisonOf(groups);
  if (json) await writeJson(io.stdout, comparison);
  else {
    const text = comparisonText(groups, colours(io.stdout, io.env));
    await write(io.stdout, `${text}${comparison.remarks.map((remark) => `${remark}\n`).join('')}`);
  }
  if (output !== undefined) {
    const { writeReport } = await import('./files.ts');
    await writeReport(output, comparison);
  }
  if (problems.length > 0) await write(io.stderr, `Left out:\n${said}`);
  return problems.length > 0 ? 1 : 0;
}

function checkOneTask(runs: readonly Run[]): void {
  const [first] = runs as [Run];
  const other = runs.find(({ task }) => task !== first.task);
  if (!other) return;
  const of = ({ folder, task }: Run) => `${folder} ${task === 'vision' ? 'classifies images' : 'translates'}`;
  throw new FailedError(`${of(first)} and ${of(other)}: compare runs of one kind.`);
}
