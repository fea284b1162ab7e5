import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatOf, type Listed, listCheckpoint } from '@ringformer/checkpoints';
import { whyNot } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { colours, type Io, write, writeJson } from '../io.ts';
import { NAMES, packagedFiles } from '../kinds.ts';
import { table } from '../table.ts';
import { readFileBytes } from './import-model.ts';

export type InspectRequest = {
  readonly io: Io;
  readonly path: string;
  readonly key: string | undefined;
  readonly json: boolean;
};

/** Prints what a checkpoint, a model directory, a run or a packaged model contains: tensors, shapes, types, and how many numbers each part has. */
export async function inspectFile({ io, path, key, json }: InspectRequest): Promise<void> {
  const { file, graphs, config, run } = await contentsOf(path);
  const found = file === undefined ? undefined : await listFile(file, key, io);
  const tensors = found?.tensors ?? [];
  const groups = groupCounts(tensors);
  const total = tensors.reduce((sum, { count }) => sum + count, 0);
  const format = found?.format ?? 'onnx';
  const skipped = found && found.skipped.length > 0 ? { skipped: found.skipped } : {};
  const files = Object.fromEntries(graphs.map((graph) => [basename(graph), statSync(graph).size]));
  if (json) {
    const more = { ...skipped, ...(graphs.length > 0 ? { files } : {}) };
    return writeJson(io.stdout, { path, file, format, config, run, tensors, groups, total, ...more });
  }
  const paint = colours(io.stdout, io.env);
  const number = (n: number) => n.toLocaleString('en');
  const what = found ? `${format}, ${tensors.length} tensors, ${number(total)} numbers` : 'ONNX graphs';
  await write(io.stdout, `${paint.bold(file ?? path)}: ${what}\n`);
  for (const text of [run, config]) if (text) await write(io.stdout, `${JSON.stringify(text)}\n`);
  for (const name of Object.keys(files)) await write(io.stdout, `${name}: ${number(files[name]!)} bytes\n`);
  if (skipped.skipped) await write(io.stdout, `not read: ${skipped.skipped.join(', ')}\n`);
  if (!found) return;
  const rows = tensors.map(({ name, dtype, shape, count }) => [name, dtype, `[${shape.join(' ')}]`, number(count)]);
  const head = ['tensor', 'type', 'shape', 'numbers'].map(paint.dim);
  await write(io.stdout, table([head, ...rows], ['left', 'left', 'left', 'right']));
  const parts = Object.entries(groups).map(([name, count]) => [name, number(count)]);
  await write(io.stdout, `\n${table([[paint.dim('part'), paint.dim('numbers')], ...parts], ['left', 'right'])}`);
}

type Contents = {
  readonly file: string | undefined;
  readonly graphs: readonly string[];
  readonly config?: unknown;
  readonly run?: unknown;
};

/** What there is at a path, or in a packaged model. */
async function contentsOf(path: string): Promise<Contents> {
  if (existsSync(path)) return statSync(path).isDirectory() ? whatIsIn(path) : fileAt(path);
  if (!path.startsWith('@')) throw new FailedError(`${path} cannot be read: there is no such file or directory.`);
  const { weights, config } = await packagedFiles(path);
  return { file: weights, graphs: [], config: readJson(config) };
}

const fileAt = (file: string): Contents =>
  file.toLowerCase().endsWith('.onnx') ? { file: undefined, graphs: [file] } : { file, graphs: [] };

/** The weights of a model's directory, or of a run's: its model, or the checkpoint if there is no model yet. */
function whatIsIn(folder: string): Contents {
  const runFile = join(folder, 'run.json');
  const run = existsSync(runFile) ? readJson(runFile) : undefined;
  for (const place of [folder, join(folder, 'model')]) {
    if (!existsSync(place)) continue;
    const configFile = join(place, NAMES.config);
    const config = existsSync(configFile) ? readJson(configFile) : undefined;
    const names = readdirSync(place).sort();
    const own = names.includes(NAMES.weights)
      ? NAMES.weights
      : only(names, /\.safetensors$/, /^(?:checkpoint|optimizer)/);
    if (own) return { file: join(place, own), graphs: [], config, run };
    const graphs = names.filter((name) => name.endsWith('.onnx')).map((name) => join(place, name));
    if (graphs.length > 0) return { file: undefined, graphs, config, run };
    const torch = only(names, /\.(?:pt|pth|bin)$/, /^(?:optimizer|training_args|rng_state)/);
    if (torch) return { file: join(place, torch), graphs: [], config, run };
  }
  const checkpoint = join(folder, 'checkpoint.safetensors');
  if (existsSync(checkpoint)) return { file: checkpoint, graphs: [], run };
  throw new FailedError(
    `${folder} holds no weights: expected a model's directory with ${NAMES.weights}, a run, or a checkpoint (.safetensors, .pt, .pth or .bin).`,
  );
}

/** The file that matches, if there is only one. */
function only(names: readonly string[], pattern: RegExp, except: RegExp): string | undefined {
  const found = names.filter((name) => pattern.test(name) && !except.test(name));
  return found.length === 1 ? found[0] : undefined;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new FailedError(`${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/** Of a safetensors file, only the header is read. */
async function listFile(file: string, key: string | undefined, io: Io): Promise<ReturnType<typeof listCheckpoint>> {
  const { size } = statSync(file);
  const start = readStart(file, Math.min(size, 512));
  if (formatOf(start) === 'torch') return listCheckpoint(await readFileBytes(file, io.signal), { key });
  const header = start.length < 8 ? 0 : Number(new DataView(start.buffer).getBigUint64(0, true));
  return listCheckpoint(readStart(file, Math.min(size, 8 + Math.min(header, MAX_HEADER))), { key, size });
}

/** A little more than safetensors allows, so that its reader says what is wrong. */
const MAX_HEADER = 101_000_000;

function readStart(file: string, length: number): Uint8Array {
  try {
    const handle = openSync(file, 'r');
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, 0));
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw new FailedError(`${file} cannot be read: ${whyNot(cause)}.`, { cause });
  }
}

/** Counts of numbers by the first two words of a name. */
function groupCounts(tensors: readonly Listed[]): Record<string, number> {
  const groups: Record<string, number> = {};
  for (const { name, count } of tensors) {
    const part = name.split('.').slice(0, 2).join('.');
    groups[part] = (groups[part] ?? 0) + count;
  }
  return groups;
}
