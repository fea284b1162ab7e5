import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { familyOf } from '../families.ts';
import { listed, modelFolder } from '../find-model.ts';
import { type Io, write, writeJson } from '../io.ts';
import { NAMES, packagedFiles } from '../kinds.ts';
import { writeFileAtomic } from '../logs/atomic.ts';

import { newPath } from '../new-folder.ts';
import { throwIfStopped } from '../stop.ts';

export type ExportRequest = {
  readonly io: Io;
  readonly directory: string;
  readonly output: string;
  readonly names: 'ours' | 'reference';
  readonly json: boolean;
};

/**
 * Writes a model's weights as one safetensors file, with our names or the authors'; their PyTorch model loads the latter
 * strictly.
 */
export async function exportModel({ io, directory, output, names, json }: ExportRequest): Promise<void> {
  const target = newPath(output, 'file');
  const { config, weights } = await readModelFiles(directory);
  const ours = names === 'ours';
  const tensors = ours ? readSafetensors(weights).tensors : whole(await familyOf(config).export(config, weights));
  await throwIfStopped(io.signal);
  writeFileAtomic(target, writeSafetensors({ tensors, metadata: { format: 'pt' } }));
  const count = Object.keys(tensors).length;
  if (json) return writeJson(io.stdout, { output: target, tensors: count });
  await write(io.stdout, `Wrote ${count} tensors to ${target}\n`);
}

/** The files of a model, in its directory, that of a training run, or a package. @throws FailedError if one is missing */
export async function readModelFiles(
  given: string,
): Promise<{ config: string; weights: Uint8Array; directory: string }> {
  const packaged = !existsSync(given) && given.startsWith('@') ? await packagedFiles(given) : undefined;
  const directory = packaged ? dirname(packaged.config) : modelFolder(given);
  const { config, weights } = packaged ?? {
    config: join(directory, NAMES.config),
    weights: join(directory, NAMES.weights),
  };
  const missing = [config, weights].filter((path) => !existsSync(path)).map((path) => basename(path));
  if (missing.length > 0) throw new FailedError(`${directory} is not a model: ${listed(missing)} missing.`);
  return { config: readFileSync(config, 'utf8'), weights: readFileSync(weights), directory };
}

/** As float32, the only type their program reads into its weights. */
const whole = (tensors: Record<string, Raw>): Record<string, Raw> =>
  Object.fromEntries(Object.entries(tensors).map(([name, raw]) => [name, { ...raw, dtype: 'F32' as const }]));
