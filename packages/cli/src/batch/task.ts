import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FilePlace } from '@ringformer/core/base';
import type { TranslateOptions } from '@ringformer/seq2seq/engine';
import { findImageModel } from '../classify/files.ts';
import { FailedError } from '../errors.ts';
import { type Engine, filesFor, findGraphs } from '../model.ts';
import { version } from '../version.ts';

type Common = {
  /** A path or a package; the packaged model without. */
  readonly model?: string;
  /** A hash of the model's files: all workers must have the same. */
  readonly modelHash: string;
  readonly engine: Pick<Engine, 'backend' | 'engine' | 'precision' | 'providers'>;
  /** The version of this program: another one may read or write texts differently. */
  readonly version: string;
};

/** Lines to translate. */
export type TranslateTask = Common & {
  readonly task: 'translate';
  readonly search: Omit<TranslateOptions, 'signal'>;
  readonly batchSize: number;
  /** A line of JSON for each line, as `translate --json` writes. */
  readonly details: boolean;
};

/** Lines that are paths of images to classify. */
export type ClassifyTask = Common & {
  readonly task: 'classify';
  readonly top: number;
  readonly levels?: number;
  readonly invert: boolean;
  readonly raw: boolean;
};

/** What every worker of a run does: plain JSON, kept in its manifest. */
export type Task = TranslateTask | ClassifyTask;

/** What a thread of a worker is started with. */
export type ThreadData = { readonly task: Task; readonly threads: number | 'auto' };

/** A hash of the files of a task's model. @throws FailedError if there is no such model */
export async function hashModel({ task, model, engine }: Pick<Task, 'task' | 'model' | 'engine'>): Promise<string> {
  const files: Readonly<Record<string, FilePlace>> =
    task === 'classify' ? await findImageModel(model) : (findGraphs(model) ?? (await filesFor(model, engine)));
  const hash = createHash('sha256');
  for (const [name, path] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const content = createHash('sha256');
    for await (const part of createReadStream(path)) content.update(part);
    hash.update(`${name} ${content.digest('hex')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The task with the model that this machine has. @throws FailedError if it is another one */
export async function taskHere(task: Task, model: string | undefined): Promise<Task> {
  if (task.version !== version)
    throw new FailedError(
      `The run was submitted with ringformer ${task.version}, and this is ${version}: their output may differ. ` +
        `Install that version here (npm install ringformer@${task.version}), or submit a new run with this one.`,
    );
  const here = model === undefined ? task : { ...task, model };
  const found = await hashModel(here);
  if (found === task.modelHash) return here;
  throw new FailedError(
    `${here.model ?? 'The packaged model'} is not the model that the run was submitted with: expected the hash ${task.modelHash}, got ${found}. ` +
      'Give that model with --model, or install the same version of the packages on all machines.',
  );
}
