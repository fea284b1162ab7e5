import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { joinOutput, type Manifest, nameOf } from '@ringformer/batch';
import { FailedError, UsageError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import { withOutput } from '../output.ts';
import { statusLine } from '../status-line.ts';
import { openRun, type Run } from './open-run.ts';

export type JoinRequest = {
  readonly io: Io;
  readonly run: string;
  /** A file, stdout without it; with `each` a folder. */
  readonly output: string | undefined;
  /** A file for each input, called as that is. */
  readonly each?: boolean;
};

/** What is said about more lines is only counted. */
const MOST_NOTES = 20;

/** Writes the output of all shards, in order. Returns the exit code. @throws RingformerError 'bad-file' if shards are missing */
export async function joinRun({ io, run, output, each }: JoinRequest): Promise<number> {
  const opened = await openRun(run);
  if (!each) {
    if (output !== undefined) checkApart(output, opened.manifest);
    await joinTo(opened, io, output);
    return 0;
  }
  if (output === undefined) throw new UsageError('--each needs --output: the folder for the files.');
  const names = opened.manifest.inputs.map(({ uri }) => nameOf(uri).replace(/\.gz$/i, ''));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new FailedError(
      `Two inputs are called ${twice}, so that --each would write one over the other. Leave --each out.`,
    );
  for (const name of names) checkApart(join(output, name), opened.manifest);
  mkdirSync(output, { recursive: true });
  for (const [input, name] of names.entries()) await joinTo(opened, io, join(output, name), input);
  return 0;
}

/** @throws FailedError if a file can't be written later, which is better known before the work than after it */
export function checkTarget(output: string): void {
  const folder = dirname(resolve(output));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new FailedError(
      `Cannot write ${output}: its directory does not exist. Create the directory first, or check the path.`,
    );
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory())
    throw new FailedError(`Cannot write ${output}: it is a directory. Name a file.`);
}

/** @throws FailedError if the output would be written over an input */
export function checkApart(output: string, { inputs }: Pick<Manifest, 'inputs'>): void {
  const target = realOf(output);
  for (const { uri } of inputs)
    if (target === realOf(uri.startsWith('file:') ? fileURLToPath(uri) : uri))
      throw new FailedError(
        `${output} is an input of the run: the output would be written over it. Choose another --output.`,
      );
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path); // there is none, or it is not a path
  }
}

async function joinTo(run: Run, io: Io, output: string | undefined, input?: number): Promise<void> {
  const progress = statusLine(io);
  const { shards, task } = run.manifest;
  const { notes, bad } = await withOutput(output, io, (to) =>
    joinOutput(run, (bytes) => to.write(Buffer.from(bytes).toString('utf8')), {
      ...(input !== undefined && { input }),
      signal: io.signal,
      onShard: (shard) => progress.show(`${shard + 1} of ${shards.length} shards`),
    }),
  ).finally(() => progress.clear());
  for (const note of notes.slice(0, MOST_NOTES)) await write(io.stderr, `ringformer: ${note}\n`);
  if (notes.length > MOST_NOTES)
    await write(
      io.stderr,
      `ringformer: There were ${notes.length - MOST_NOTES} more messages: see done/*.json in the run.\n`,
    );
  if (bad > 0) await write(io.stderr, `ringformer: ${badText(bad, task.task === 'classify')}\n`);
}

function badText(bad: number, images: boolean): string {
  if (images)
    return `${bad} ${bad === 1 ? 'image' : 'images'} could not be classified: the output says why in their lines.`;
  return `${bad} ${bad === 1 ? 'line is' : 'lines are'} empty in the output because of that.`;
}
