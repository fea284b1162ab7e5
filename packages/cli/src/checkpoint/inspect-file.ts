import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Raw } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { NAMES } from '../model.ts';
import { table } from '../table.ts';
import { readTensors } from './import-model.ts';

export type InspectRequest = { readonly io: Io; readonly path: string; readonly json: boolean };

/** Prints what a checkpoint or a model directory contains: tensors, shapes, types, and how many numbers each part has. */
export async function inspectFile({ io, path, json }: InspectRequest): Promise<void> {
  if (!existsSync(path)) throw new FailedError(`${path} cannot be read: there is no such file or directory.`);
  const directory = statSync(path).isDirectory();
  const { format, tensors } = readTensors(directory ? join(path, NAMES.weights) : path);
  const configFile = join(path, NAMES.config);
  const config = directory && existsSync(configFile) ? JSON.parse(readFileSync(configFile, 'utf8')) : undefined;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    count: data.length,
  }));
  const groups = groupCounts(tensors);
  const total = entries.reduce((sum, { count }) => sum + count, 0);
  if (json) return writeJson(io.stdout, { path, format, config, tensors: entries, groups, total });
  const paint = colours(io.stdout, io.env);
  const number = (n: number) => n.toLocaleString('en');
  const rows = entries.map(({ name, dtype, shape, count }) => [name, dtype, `[${shape.join(' ')}]`, number(count)]);
  const head = ['tensor', 'type', 'shape', 'numbers'].map(paint.dim);
  await write(io.stdout, `${paint.bold(path)}: ${format}, ${entries.length} tensors, ${number(total)} numbers\n`);
  if (config) await write(io.stdout, `${JSON.stringify(config)}\n`);
  await write(io.stdout, table([head, ...rows], ['left', 'left', 'left', 'right']));
  const parts = Object.entries(groups).map(([name, count]) => [name, number(count)]);
  await write(io.stdout, `\n${table([[paint.dim('part'), paint.dim('numbers')], ...parts], ['left', 'right'])}`);
}

/** Counts of numbers by the first two words of a name. */
function groupCounts(tensors: Readonly<Record<string, Raw>>): Record<string, number> {
  const groups: Record<string, number> = {};
  for (const [name, { data }] of Object.entries(tensors)) {
    const part = name.split('.').slice(0, 2).join('.');
    groups[part] = (groups[part] ?? 0) + data.length;
  }
  return groups;
}
