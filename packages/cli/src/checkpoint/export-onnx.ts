import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exportSeq2seq, exportVision, type FileParts } from '@ringformer/onnx';
import { readConfig, readWeights, ringFormer } from '@ringformer/seq2seq';
import * as vit from '@ringformer/vit';
import { architectureNamed, vitArchitectureNamed } from '../architecture.ts';
import { FailedError } from '../errors.ts';
import { type Io, write, writeJson } from '../io.ts';
import { fileError } from '../logs/file-error.ts';
import { NAMES } from '../model.ts';

export type OnnxRequest = {
  readonly io: Io;
  readonly directory: string;
  readonly output: string;
  readonly levels: number | undefined;
  readonly json: boolean;
};

/** What comes with the graphs, where the model has it. */
const BESIDE = [NAMES.tokenizer, 'transform.json'];

/** Writes a model's graphs with its configuration into a new directory; it appears whole or not at all. */
export async function exportOnnx({ io, directory, output, levels, json }: OnnxRequest): Promise<void> {
  const target = resolve(output);
  if (existsSync(target)) throw new FailedError(`${target} is there already: give --output a new directory.`);
  for (const name of [NAMES.config, NAMES.weights]) {
    if (!existsSync(join(directory, name))) throw new FailedError(`${directory} is no model: ${name} is missing.`);
  }
  const config = readFileSync(join(directory, NAMES.config), 'utf8');
  const files = await graphsOf(config, readFileSync(join(directory, NAMES.weights)), levels);
  const place = `${target}.${process.pid}.tmp`;
  try {
    mkdirSync(place, { recursive: true });
    for (const [name, parts] of Object.entries(files)) writeFileSync(join(place, name), Buffer.concat(parts));
    writeFileSync(join(place, NAMES.config), withLevels(config, levels));
    for (const name of BESIDE) {
      if (existsSync(join(directory, name))) copyFileSync(join(directory, name), join(place, name));
    }
    renameSync(place, target);
  } catch (cause) {
    rmSync(place, { recursive: true, force: true });
    throw fileError('write', target, cause);
  }
  const names = Object.keys(files);
  if (json) return writeJson(io.stdout, { output: target, files: names });
  await write(io.stdout, `Wrote ${names.join(' and ')} to ${target}\n`);
}

/** The configuration of the levels that are exported. */
function withLevels(text: string, levels: number | undefined): string {
  if (levels === undefined) return text;
  const config = JSON.parse(text);
  const fewer = 'levels' in config ? { levels } : { encoderLevels: levels, decoderLevels: levels };
  return `${JSON.stringify({ ...config, ...fewer }, null, 2)}\n`;
}

async function graphsOf(
  text: string,
  bytes: Uint8Array,
  levels: number | undefined,
): Promise<Readonly<Record<string, FileParts>>> {
  if (/"format":\s*"ringformer-vit/.test(text)) {
    const config = vit.readConfig(text);
    const layout = (await vitArchitectureNamed(config.architecture)) ?? vit.ringFormer;
    const weights = vit.readWeights(config, bytes, layout);
    return { 'classifier.onnx': exportVision(config, weights, levels === undefined ? {} : { levels }) };
  }
  const config = readConfig(text);
  const layout = (await architectureNamed(config.architecture)) ?? ringFormer;
  const some = levels === undefined ? {} : { levels: { encoder: levels, decoder: levels } };
  const { encoder, decoder } = exportSeq2seq(config, readWeights(config, bytes, layout), some);
  return { 'encoder.onnx': encoder, 'decoder.onnx': decoder };
}
