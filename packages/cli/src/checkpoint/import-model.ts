import { readFileSync } from 'node:fs';
import { readCheckpoint } from '@ringformer/checkpoints';
import { writeSafetensors } from '@ringformer/core/base';
import { FailedError, whyNot } from '../errors.ts';
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
  readonly json: boolean;
};

/** Reads a checkpoint's tensors. @throws FailedError if the file cannot be read */
export function readTensors(file: string): ReturnType<typeof readCheckpoint> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new FailedError(`${file} cannot be read: ${whyNot(cause)}.`, { cause });
  }
  return readCheckpoint(bytes);
}

/** Writes a model directory from the authors' weights; it appears whole or not at all. */
export async function importModel({ io, file, output, unknowns, json }: ImportRequest): Promise<void> {
  const target = newPath(output, 'directory');
  const tensors = withoutPrefixes(readTensors(file).tensors);
  const task = taskOf(tensors);
  const { settings, weights, config } = await families[task].import(tensors, unknowns);
  await throwIfStopped(io.signal);
  newFolder(target, {
    [NAMES.config]: config,
    [NAMES.weights]: writeSafetensors({ tensors: weights, metadata: {} }),
  });
  const parameters = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
  if (json) return writeJson(io.stdout, { output: target, task, parameters, config: settings });
  const { architecture, dim, heads } = settings;
  const what = `${task} model '${architecture}', dim ${dim}, ${heads} heads, ${parameters.toLocaleString('en')} parameters`;
  const next = task === 'translation' ? ` To translate, it also needs the ${NAMES.tokenizer} it was trained with.` : '';
  await write(io.stdout, `${what}\nWrote ${target}.${next}\n`);
}

/**
 * The kind of model, of the authors' eight, that a state dictionary belongs to. @throws FailedError if it belongs to none
 */
function taskOf(tensors: Tensors): Task {
  for (const task of ['vision', 'translation'] as const) if (families[task].recognises(tensors)) return task;
  const some = Object.keys(tensors).slice(0, 3).join(', ');
  throw new FailedError(
    `These weights belong to none of the authors' models: expected encoder.emb_layer.emb_layer.weight or transformer.embeddings.cls_token, got ${some || 'no tensors'}${some ? ', …' : ''}.`,
  );
}
