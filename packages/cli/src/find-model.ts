import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearest } from '@ringformer/core/base';
import { FailedError } from './errors.ts';

/** The files of a kind of model, by what they are. */
type Names = Readonly<Record<'config' | 'weights', string>>;
export type ModelKind<N extends Names> = {
  /** 'model' or 'image classifier'. */
  readonly what: string;
  /** What the files are called in a model's directory. */
  readonly names: N;
  /** Short names of packages. */
  readonly short?: readonly string[];
  /** Packages with such a model, by name. */
  readonly packages: Readonly<Record<string, () => Promise<{ readonly default: Readonly<Record<keyof N, URL>> }>>>;
};
/** 'a, b and c' */
export const listed = (names: readonly string[]): string => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

type Files<N extends Names> = { readonly [name in keyof N]: string };

/**
 * The files of the model that was asked for: a package; a directory; the directory of a training run; a file of weights or a
 * manifest, with the other files beside it.
 * @throws FailedError that says what is missing, or what was expected
 */
export async function findFiles<N extends Names>(kind: ModelKind<N>, model: string): Promise<Files<N>> {
  if (existsSync(model))
    return statSync(model).isDirectory() ? inFolder(kind, modelFolder(model)) : fromFile(kind, model);
  const load = Object.hasOwn(kind.packages, model) ? kind.packages[model] : undefined;
  if (load) return ofPackage(model, (await load()).default, kind.names);
  if (!model.startsWith('@')) {
    const others = kind.short ? ` Packaged models are ${listed(kind.short)}.` : '';
    throw new FailedError(`There is no model at ${model}: no such file or directory.${others}`);
  }
  throw noPackage(model, kind.what, Object.keys(kind.packages));
}

/** The error for a package that has no such model. */
export function noPackage(model: string, what: string, names: readonly string[]): FailedError {
  const closest = nearest(model, names);
  const expected = closest ? `Did you mean ${closest}?` : `Expected ${names.join(' or ')}, or a path.`;
  return new FailedError(`There is no ${what} in ${model}. ${expected}`);
}

/** The directory of the model in a directory: of a training run, its best or newest weights. */
export function modelFolder(directory: string): string {
  const inner = join(directory, 'model');
  return !existsSync(join(directory, 'config.json')) && existsSync(join(inner, 'config.json')) ? inner : directory;
}

/** The files in a directory, with another name for its weights. */
function inFolder<N extends Names>(kind: ModelKind<N>, directory: string, weights = kind.names.weights): Files<N> {
  const names: Readonly<Record<string, string>> = { ...kind.names, weights };
  const files = Object.entries(names).map(([key, name]) => [key, join(directory, name)] as const);
  const missing = files.filter(([, file]) => !existsSync(file)).map(([, file]) => basename(file));
  if (missing.length === 0) return Object.fromEntries(files) as Files<N>;
  const run = basename(directory) === 'model' && existsSync(join(directory, '..', 'run.json'));
  if (run && String(missing) === names.weights)
    throw new FailedError(
      `${dirname(directory)} is a training run without weights so far. Resume it: they are written with its next checkpoint.`,
    );
  const article = /^[aeiou]/.test(kind.what) ? 'an' : 'a';
  throw new FailedError(
    `${directory} is not ${article} ${kind.what}: ${listed(missing)} missing. ` +
      `Expected a directory with ${listed(Object.values(names))}.`,
  );
}

function fromFile<N extends Names>(kind: ModelKind<N>, path: string): Files<N> {
  const folder = dirname(path);
  const expected = `Expected a directory with ${listed(Object.values(kind.names))}, or the weights or the manifest in one.`;
  if (extname(path) === '.safetensors') {
    const ofRun = join(folder, '..', 'model'); // for snapshots
    if (basename(folder) !== 'snapshots' || !existsSync(ofRun)) return inFolder(kind, folder, basename(path));
    return { ...inFolder(kind, ofRun), weights: path };
  }
  const found = extname(path) === '.json' ? filesOfManifest(path) : undefined;
  if (!found) {
    const import_ = /\.(pt|pth|bin|ckpt)$/.test(path) ? ' ringformer import makes one from PyTorch weights.' : '';
    throw new FailedError(`${path} is not a model. ${expected}${import_}`);
  }
  const files = Object.keys(kind.names).map((key) => [key, found[key]?.name] as const);
  const missing = files.filter(([, name]) => name === undefined || !existsSync(join(folder, name)));
  if (missing.length === 0)
    return Object.fromEntries(files.map(([key, name]) => [key, join(folder, name as string)])) as Files<N>;
  throw new FailedError(
    `${path} is not the manifest of such a model: ${listed(missing.map(([key, name]) => name ?? String(key)))} missing. ${expected}`,
  );
}

/** What a manifest lists; undefined for any other JSON. */
function filesOfManifest(path: string): Readonly<Record<string, { readonly name?: string }>> | undefined {
  try {
    const { format, files } = JSON.parse(readFileSync(path, 'utf8'));
    return format === 'ringformer-files/1' ? files : undefined;
  } catch {
    return undefined;
  }
}

function ofPackage<N extends Names>(name: string, urls: Readonly<Record<keyof N, URL>>, names: N): Files<N> {
  const files = (Object.keys(names) as (keyof N)[]).map((key) => [key, fileURLToPath(urls[key])] as const);
  const missing = files.filter(([, path]) => !existsSync(path)).map(([, path]) => basename(path));
  if (missing.length === 0) return Object.fromEntries(files) as Files<N>;
  throw new FailedError(
    `The packaged model ${name} is incomplete: ${listed(missing)} missing. Install it again, or give another with --model.`,
  );
}
