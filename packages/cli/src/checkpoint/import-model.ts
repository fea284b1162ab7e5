import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCheckpoint } from '@ringformer/checkpoints';
import { checkRaw, type Raw, type SpecTree, writeSafetensors } from '@ringformer/core/base';
import { importReference, ringFormer, writeConfig } from '@ringformer/seq2seq';
import * as vit from '@ringformer/vit';
import { architectureNamed, vitArchitectureNamed } from '../architecture.ts';
import { FailedError, whyNot } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { fileError } from '../logs/file-error.ts';
import { NAMES } from '../model.ts';
import { type Recognised, recognise, type Unknowns, withoutPrefixes } from './recognise.ts';

export type ImportRequest = {
  readonly io: Io;
  readonly file: string;
  readonly output: string;
  readonly unknowns: Unknowns;
  readonly json: boolean;
};

/** Reads a checkpoint's tensors. @throws FailedError where the file cannot be read */
export function readTensors(file: string): ReturnType<typeof readCheckpoint> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new FailedError(`${file} cannot be read: ${whyNot(cause)}.`, { cause });
  }
  return readCheckpoint(bytes);
}

/** Writes a model's directory from the authors' weights; it appears whole or not at all. */
export async function importModel({ io, file, output, unknowns, json }: ImportRequest): Promise<void> {
  const target = resolve(output);
  if (existsSync(target)) throw new FailedError(`${target} is there already: give --output a new directory.`);
  const { tensors } = readTensors(file);
  const found = recognise(tensors, unknowns);
  const { weights, config } = await ours(found, withoutPrefixes(tensors));
  const place = `${target}.${process.pid}.tmp`;
  try {
    mkdirSync(place, { recursive: true });
    await writeFileAtomic(join(place, NAMES.config), config);
    await writeFileAtomic(join(place, NAMES.weights), writeSafetensors({ tensors: weights, metadata: {} }));
    renameSync(place, target);
  } catch (cause) {
    rmSync(place, { recursive: true, force: true });
    throw fileError('write', target, cause);
  }
  const { architecture, dim, heads } = found.config;
  const numbers = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
  if (json)
    return writeJson(io.stdout, { output: target, task: found.task, parameters: numbers, config: found.config });
  const what = `${found.task} model '${architecture}', dim ${dim}, ${heads} heads, ${numbers.toLocaleString('en')} parameters`;
  const next =
    found.task === 'translation' ? ` To translate it also wants the ${NAMES.tokenizer} that it was trained with.` : '';
  await write(io.stdout, `${what}\nWrote ${target}.${next}\n`);
}

/** The same weights by our names, checked, with the text of their configuration. */
async function ours(
  found: Recognised,
  raw: Record<string, Raw>,
): Promise<{ weights: Record<string, Raw>; config: string }> {
  if (found.task === 'vision') {
    const { config } = found;
    const layout = (await vitArchitectureNamed(config.architecture)) ?? vit.ringFormer;
    const weights = vit.importReference(config, raw, layout);
    checkRaw(`a vision model '${layout.name}'`, layout.spec(config) as SpecTree, weights);
    return { weights, config: vit.writeConfig(config) };
  }
  const { config } = found;
  const layout = (await architectureNamed(config.architecture)) ?? ringFormer;
  const weights = importReference(config, raw, layout);
  checkRaw(`a translation model '${layout.name}'`, layout.spec(config) as SpecTree, weights);
  return { weights, config: writeConfig(config) };
}
