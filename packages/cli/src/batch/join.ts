import { joinOutput } from '@ringformer/batch';
import { type Io, write } from '../io.ts';
import { withOutput } from '../output.ts';
import { statusLine } from '../status-line.ts';
import { openRun } from './open-run.ts';

export type JoinRequest = { readonly io: Io; readonly run: string; readonly output: string | undefined };

/** What is said about more lines is only counted. */
const MOST_NOTES = 20;

/** Writes the output of all shards, in order. Returns the exit code. @throws RingformerError 'bad-file' if shards are missing */
export async function joinRun({ io, run, output }: JoinRequest): Promise<number> {
  const opened = await openRun(run);
  const progress = statusLine(io);
  const { shards } = opened.manifest;
  const { notes, bad } = await withOutput(output, io, (to) =>
    joinOutput(opened, (bytes) => to.write(Buffer.from(bytes).toString('utf8')), {
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
  if (bad > 0) await write(io.stderr, `ringformer: ${badText(bad, opened.manifest.task.task === 'classify')}\n`);
  return 0;
}

function badText(bad: number, images: boolean): string {
  if (images)
    return `${bad} ${bad === 1 ? 'image' : 'images'} could not be classified: the output says why in their lines.`;
  return `${bad} ${bad === 1 ? 'line is' : 'lines are'} empty in the output because of that.`;
}
