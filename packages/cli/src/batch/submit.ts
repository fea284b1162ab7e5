import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  createManifest,
  findManifest,
  linesOf,
  type Manifest,
  makeManifest,
  openStore,
  queueShards,
  type Store,
  startAgain,
} from '@ringformer/batch';
import { FailedError, UsageError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { statusLine } from '../status-line.ts';
import { version } from '../version.ts';
import { imageLists } from './images.ts';
import { checkApart, checkTarget, joinRun } from './join.ts';
import { lookAt, refuseDocuments } from './look.ts';
import { type Run, redisUrl, uriOf, withQueue } from './open-run.ts';
import { type ClassifyTask, hashModel, type Task, type TranslateTask } from './task.ts';
import { exitCode, watch } from './watch.ts';

type Chosen = 'model' | 'modelHash' | 'version';

export type SubmitRequest = {
  readonly io: Io;
  /** Without any, the run exists. */
  readonly inputs: readonly string[];
  readonly run: string;
  readonly redis: string | undefined;
  readonly task: Omit<TranslateTask, Chosen> | Omit<ClassifyTask, Chosen>;
  /** Whether files that end as documents do are lines of text too. */
  readonly isText: boolean;
  readonly model: string | undefined;
  readonly shardLines: number;
  readonly attempts: number;
  readonly wait: boolean;
  readonly join: string | undefined;
  readonly json: boolean;
};

/**
 * Writes the manifest of a run, or compares it with the one that is there, and queues what is not done. Returns the exit code.
 * @throws FailedError if the run is another one; RingformerError if inputs cannot be read or Redis cannot be reached
 */
export async function submitRun(request: SubmitRequest): Promise<number> {
  const { io, attempts, wait, json } = request;
  const url = redisUrl(request);
  if (wait && url === undefined)
    throw new UsageError(
      '--wait and --join need --redis. Without Redis, see how far a run is with ringformer batch status --wait.',
    );
  if (request.join !== undefined) checkTarget(request.join);
  const store = await openStore(request.run);
  const manifest = await planRun(request, store);
  const run = { manifest, store };
  if (request.join !== undefined) checkApart(request.join, manifest);
  return withQueue(request, manifest, async (queue) => {
    if (queue) await queueShards(queue, run, { attempts });
    else await startAgain(store);
    const { shards } = manifest;
    if (json && !wait)
      await writeJson(io.stdout, { run: store.uri, id: manifest.id, shards: shards.length, lines: linesOf(manifest) });
    else await write(io.stderr, `${submittedText(run, url !== undefined)}\n`);
    if (!wait || !queue) return 0;
    const status = await watch({
      io,
      ...run,
      queue,
      again: () => queueShards(queue, run, { attempts }).then(() => {}),
      json,
    });
    const code = exitCode(status);
    if (code !== 0 || request.join === undefined) return code;
    return joinRun({ io, run: request.run, output: request.join });
  });
}

function submittedText({ manifest, store }: Run, queued: boolean): string {
  const { shards, id } = manifest;
  const what = `Run ${id}: ${linesOf(manifest)} lines in ${shards.length} ${shards.length === 1 ? 'shard' : 'shards'}.`;
  const next = queued
    ? `Queued. Start workers: ringformer batch work ${store.uri}`
    : `Nothing is queued, because there is no --redis. Workers without it: ringformer batch work ${store.uri} --shard I/N`;
  return `${what} ${next}`;
}

/** The manifest of the run, which is now in its store. */
async function planRun(request: SubmitRequest, store: Store): Promise<Manifest> {
  const found = await findManifest(store);
  if (request.inputs.length === 0) {
    if (found) return found;
    throw new UsageError(`Give the files to ${request.task.task}: there is no run in ${store.uri} yet.`);
  }
  const manifest = await plan(request, store);
  if (!found && (await createManifest(store, manifest))) return manifest;
  const there = found ?? (await findManifest(store));
  if (there?.work === manifest.work) return there;
  throw new FailedError(
    `${store.uri} holds another run: ${there ? differences(there, manifest) : 'its manifest is gone'}. Give --output another place, ` +
      'or leave the inputs out to continue the run that is there.',
  );
}

async function plan(request: SubmitRequest, store: Store): Promise<Manifest> {
  const { io, inputs, shardLines, model } = request;
  const given = { ...request.task, ...(model !== undefined && { model: existsSync(model) ? resolve(model) : model }) };
  if (request.task.task === 'translate' && !request.isText) await refuseDocuments(inputs);
  const task = { ...given, version, modelHash: await hashModel(given) } as Task;
  const uris = task.task === 'classify' ? await imageLists(inputs, store, io) : inputs.map(uriOf);
  const progress = statusLine(io);
  try {
    return await makeManifest(task, uris, store, {
      lines: shardLines,
      signal: io.signal,
      onBegin: (uri, bytes) => lookAt(uri, bytes, io),
      onBytes: (bytes) => progress.show(`reading: ${(bytes / 2 ** 20).toFixed(0)} MiB`),
    });
  } finally {
    progress.clear();
  }
}

function differences(there: Manifest, now: Manifest): string {
  const names = ['inputs', 'task'] as const;
  const differ = names.filter((name) => JSON.stringify(there[name]) !== JSON.stringify(now[name]));
  if (differ.includes('task')) {
    const keys = new Set([...Object.keys(there.task), ...Object.keys(now.task)]);
    const changed = [...keys].filter((key) => JSON.stringify(there.task[key]) !== JSON.stringify(now.task[key]));
    return `it was submitted with other settings (${changed.join(', ')})`;
  }
  if (there.inputs.map(({ uri }) => uri).join() !== now.inputs.map(({ uri }) => uri).join())
    return 'its inputs are other files';
  if (differ.includes('inputs')) return 'its inputs have changed since it was submitted';
  const sizes = (manifest: Manifest) => manifest.shards.map(({ lines }) => lines).join();
  return sizes(there) === sizes(now) ? 'its inputs have changed since it was submitted' : 'it has other --shard-lines';
}
