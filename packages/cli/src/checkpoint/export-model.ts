import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { familyOf } from '../families.ts';
import { modelFolder } from '../find-model.ts';
import { type Io, write, writeJson } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { NAMES } from '../model.ts';
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
  const { config, weights } = readModelFiles(directory);
  const ours = names === 'ours';
  const tensors = ours ? readSafetensors(weights).tensors : whole(await familyOf(config).export(config, weights));
  await throwIfStopped(io.signal);
  writeFileAtomic(target, writeSafetensors({ tensors, metadata: { format: 'pt' } }));
  const count = Object.keys(tensors).length;
  if (json) return writeJson(io.stdout, { output: target, tensors: count });
  await write(io.stdout, `Wrote ${count} tensors to ${target}\n`);
}

/** The files that every model has, in its directory or that of a training run. @throws FailedError if one is missing */
export function readModelFiles(given: string): { config: string; weights: Uint8Array } {
  const directory = modelFolder(given);
  const [config, weights] = [NAMES.config, NAMES.weights].map((name) => {
    const path = join(directory, name);
    if (!existsSync(path)) throw new FailedError(`${directory} is not a model: ${name} is missing.`);
    return readFileSync(path);
  }) as [Buffer, Buffer];
  return { config: config.toString('utf8'), weights };
}

/** As float32, the only type their program reads into its weights. */
const whole = (tensors: Record<string, Raw>): Record<string, Raw> =>
  Object.fromEntries(Object.entries(tensors).map(([name, raw]) => [name, { ...raw, dtype: 'F32' as const }]));
