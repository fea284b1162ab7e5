import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FailedError } from '../errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { write, writeJson } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { checkFolderName } from '../new-folder.ts';
import { statusLine } from '../status-line.ts';
import { readJson } from '../train/run-file.ts';
import type { Job, Kind, Prepared, Request } from './job.ts';

const FORMAT = 'ringformer-prepared/1';
/** Written last: a folder with it is complete. */
const DONE = 'prepared.json';

const MAKERS: Readonly<Record<Kind, () => Promise<(job: Job) => Promise<Prepared>>>> = {
  iwslt: async () => (await import('./texts.ts')).prepareIwslt,
  wmt: async () => (await import('./texts.ts')).prepareWmt,
  cifar: async () => (await import('./cifar.ts')).prepareCifar,
  'tiny-imagenet': async () => (await import('./images.ts')).prepareTinyImagenet,
  imagenet: async () => (await import('./imagenet.ts')).prepareImagenet,
};

/**
 * Makes a folder that training reads. Its files appear whole or not at all; if it was stopped, the same command goes on.
 * @throws FailedError that says what was expected, and what is there instead
 */
export async function prepare(request: Request): Promise<void> {
  const { kind, from, output, io } = request;
  checkFolderName(output);
  const missing = from.find((path) => !existsSync(path));
  if (missing !== undefined)
    throw new FailedError(`There is nothing at ${missing}. Give the files of ${kind} that you downloaded.`);
  const before = readJson(join(output, DONE));
  if (before && before.kind !== kind)
    throw new FailedError(`${output} holds ${before.kind} already. Choose another --output.`);
  if (before) return report(request, before as unknown as Prepared, `${output} is prepared already.`);
  const make = await MAKERS[kind]();
  const lock = lockFolder(output);
  const progress = statusLine(io);
  try {
    const made = await make({ ...request, show: progress.show });
    progress.clear();
    writeFileAtomic(join(output, DONE), `${JSON.stringify({ format: FORMAT, kind, ...made }, null, 2)}\n`);
    await report(request, made, `Prepared ${output}.`);
  } finally {
    progress.clear();
    lock.release();
  }
}

async function report({ json, io }: Request, { counts, notes, next }: Prepared, title: string): Promise<void> {
  if (json) return writeJson(io.stdout, { counts, notes, next });
  const numbers = Object.entries(counts).map(([name, count]) => `  ${name}: ${count.toLocaleString('en')}`);
  await write(io.stdout, [title, ...numbers, ...notes, `Train with: ${next}`, ''].join('\n'));
}
