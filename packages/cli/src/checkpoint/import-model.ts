import { statSync } from 'node:fs';
import { readCheckpoint } from '@ringformer/checkpoints';
import { whyNot, writeSafetensors } from '@ringformer/core/base';
import { readBytes } from '@ringformer/core/read';
import { FailedError } from '../errors.ts';
import { families, type Task } from '../families.ts';
import { type Io, write, writeJson } from '../io.ts';
import { NAMES } from '../model.ts';
import { newFolder, newPath } from '../new-folder.ts';
import { throwIfStopped } from '../stop.ts';
import { type Tensors, type Unknowns, withoutPrefixes } from './recognise.ts';

export type ImportRequest = {
  readonly io: Io;
  readonly file: string;
  readonly output: string;
  readonly unknowns: Unknowns;
  /** Where the weights are in the file: see `TorchOptions` of @ringformer/checkpoints. */
  readonly key: string | undefined;
  readonly json: boolean;
};

/** The bytes of a checkpoint. @throws FailedError if the file cannot be read */
export async function readFileBytes(file: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    if (statSync(file).isDirectory())
      throw new FailedError(`${file} is a folder. Give the file in it that holds the weights.`);
    return await readBytes(file, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof FailedError) throw cause;
    throw new FailedError(`${file} cannot be read: ${whyNot(cause)}.`, { cause });
  }
}

/** Writes a model directory from the authors' weights; it appears whole or not at all. */
export async function importModel({ io, file, output, unknowns, key, json }: ImportRequest): Promise<void> {
  const target = newPath(output, 'directory');
  const read = readCheckpoint(await readFileBytes(file, io.signal), { key });
  const { tensors, others } = withoutPrefixes(
    read.tensors,
    TASKS.map((task) => families[task].anchor),
  );
  const task = taskOf(tensors);
  const { settings, weights, config } = await families[task].import(tensors, unknowns);
  await throwIfStopped(io.signal);
  newFolder(target, {
    [NAMES.config]: config,
    [NAMES.weights]: writeSafetensors({ tensors: weights, metadata: {} }),
  });
  const parameters = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
  const skipped = [...(read.skipped ?? []), ...others];
  if (json) {
    const more = skipped.length > 0 ? { skipped } : {};
    return writeJson(io.stdout, { output: target, task, parameters, config: settings, ...more });
  }
  if (skipped.length > 0)
    await write(io.stderr, `ringformer: Left out, because the model does not need it: ${some(skipped)}\n`);
  const { architecture, dim, heads } = settings;
  const what = `${task} model '${architecture}', dim ${dim}, ${heads} heads, ${parameters.toLocaleString('en')} parameters`;
  const next = task === 'translation' ? ` To translate, it also needs the ${NAMES.tokenizer} it was trained with.` : '';
  await write(io.stdout, `${what}\nWrote ${target}.${next}\n`);
}

const TASKS = ['vision', 'translation'] as const;

/** The kind of model, of the authors' eight, that a state dictionary belongs to. @throws FailedError if it belongs to none */
function taskOf(tensors: Tensors): Task {
  const task = TASKS.find((name) => families[name].anchor in tensors);
  if (task) return task;
  const names = Object.keys(tensors).slice(0, 3).join(', ');
  throw new FailedError(
    `These weights belong to none of the authors' models: expected ${families.translation.anchor} or ${families.vision.anchor}, got ${names || 'no tensors'}${names ? ', …' : ''}. If they are one part of the file, name it with --key.`,
  );
}

const some = (names: readonly string[]) =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
