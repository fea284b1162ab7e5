import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Raw, readSafetensors, writeSafetensors } from '@ringformer/core/base';
import { exportReference, readConfig, readWeights, ringFormer } from '@ringformer/seq2seq';
import * as vit from '@ringformer/vit';
import { architectureNamed, vitArchitectureNamed } from '../architecture.ts';
import { FailedError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { NAMES } from '../model.ts';

export type ExportRequest = {
  readonly io: Io;
  readonly directory: string;
  readonly output: string;
  readonly names: 'ours' | 'reference';
  readonly json: boolean;
};

/** Writes a model's weights as one safetensors file, by our names or by the authors', whose PyTorch model then loads it strictly. */
export async function exportModel({ io, directory, output, names, json }: ExportRequest): Promise<void> {
  const target = resolve(output);
  if (existsSync(target)) throw new FailedError(`${target} is there already: give --output a new file.`);
  const read = (name: string) => {
    const path = join(directory, name);
    if (!existsSync(path)) throw new FailedError(`${directory} is no model: ${name} is missing.`);
    return readFileSync(path);
  };
  const [config, bytes] = [read(NAMES.config).toString('utf8'), read(NAMES.weights)];
  const tensors = names === 'ours' ? readSafetensors(bytes).tensors : await theirs(config, bytes);
  await writeFileAtomic(target, writeSafetensors({ tensors, metadata: { format: 'pt' } }));
  const count = Object.keys(tensors).length;
  if (json) return writeJson(io.stdout, { output: target, tensors: count });
  await write(io.stdout, `Wrote ${count} tensors to ${target}\n`);
}

async function theirs(text: string, bytes: Uint8Array): Promise<Record<string, Raw>> {
  if (/"format":\s*"ringformer-vit/.test(text)) {
    const config = vit.readConfig(text);
    const layout = (await vitArchitectureNamed(config.architecture)) ?? vit.ringFormer;
    return vit.exportReference(config, whole(vit.readWeights(config, bytes, layout)), layout);
  }
  const config = readConfig(text);
  const layout = (await architectureNamed(config.architecture)) ?? ringFormer;
  return exportReference(config, whole(readWeights(config, bytes, layout)), layout);
}

/** As float32: their program reads nothing else into its weights. */
const whole = (tensors: Record<string, Raw>): Record<string, Raw> =>
  Object.fromEntries(Object.entries(tensors).map(([name, raw]) => [name, { ...raw, dtype: 'F32' as const }]));
