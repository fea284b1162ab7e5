import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { familyOf } from '../families.ts';
import { type Io, write, writeJson } from '../io.ts';
import { NAMES } from '../kinds.ts';
import { newFolder, newPath } from '../new-folder.ts';
import { throwIfStopped } from '../stop.ts';
import { readModelFiles } from './export-model.ts';

export type OnnxRequest = {
  readonly io: Io;
  readonly directory: string;
  readonly output: string;
  readonly levels: number | undefined;
  readonly json: boolean;
};

/** What is copied beside the graphs, if the model has it. */
const BESIDE = [NAMES.tokenizer, 'transform.json'];

/** Writes a model's graphs with its configuration into a new directory; it appears whole or not at all. */
export async function exportOnnx({ io, directory, output, levels, json }: OnnxRequest): Promise<void> {
  const target = newPath(output, 'directory');
  const { config, weights, directory: folder } = await readModelFiles(directory);
  const graphs = await familyOf(config).graphs(config, weights, levels);
  const names = Object.keys(graphs);
  const beside = BESIDE.filter((name) => existsSync(join(folder, name)));
  await throwIfStopped(io.signal);
  newFolder(target, {
    ...Object.fromEntries(Object.entries(graphs).map(([name, parts]) => [name, Buffer.concat(parts)])),
    [NAMES.config]: withLevels(config, levels),
    ...Object.fromEntries(beside.map((name) => [name, readFileSync(join(folder, name))])),
  });
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
