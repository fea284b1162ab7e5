import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Precision } from '@ringformer/core/base';
import type { GraphFiles, ModelFiles, Translator } from '@ringformer/seq2seq/engine';
import { type BackendName, startBackend, startOnnxEngine, startWasmEngine } from './backends.ts';
import { FailedError } from './errors.ts';
import { findFiles, listed } from './find-model.ts';
import { NAMES, packageOf, TRANSLATION } from './kinds.ts';

export { NAMES };

/** The files of the model that `--model` names, or of the packaged one. @throws FailedError that lists what is missing */
export const findModel = (model: string | undefined): Promise<ModelFiles> => findFiles(TRANSLATION, packageOf(model));

/** The files that an engine computes with: of a packaged model, those with int8 weights if the engine is ours. */
export function filesFor(
  model: string | undefined,
  { backend, engine, precision }: Pick<Engine, 'backend' | 'engine' | 'precision'>,
): Promise<ModelFiles> {
  const ours = backend === 'wasm' && (engine === 'auto' || engine === 'wasm');
  const int8 = ours && (precision === 'auto' || precision === 'int8');
  return findFiles(TRANSLATION, packageOf(model, int8 ? '/int8' : ''));
}

/** How to compute: see `engineArgs` in flags.ts. */
export type Engine = {
  readonly backend: BackendName;
  readonly engine: 'auto' | 'wasm' | 'tfjs' | 'onnx';
  readonly threads: number | 'auto';
  readonly precision: Precision | 'auto';
  /** Execution providers of ONNX Runtime. */
  readonly providers?: readonly string[];
  /** There is little to compute: a quick start matters more than speed. */
  readonly brief?: boolean;
};

/** What `ringformer export --format onnx` calls the graphs of a translation model. */
const GRAPHS = { encoder: 'encoder.onnx', decoder: 'decoder.onnx' };

/**
 * A translator, which the caller must dispose of. With the wasm engine, TensorFlow.js is not even loaded. 'auto' uses that
 * engine for rings and TensorFlow.js for other architectures.
 */
export async function openTranslator(
  model: string | undefined,
  { backend, engine, threads, precision, providers, brief }: Engine,
  signal?: AbortSignal,
): Promise<Translator> {
  const graphs = findGraphs(model);
  if (graphs && engine !== 'onnx') throw new FailedError(onlyOnnx(model));
  const wanted = { backend, engine, precision };
  const files = graphs ?? (await filesFor(model, wanted)); // before anything is started in vain
  const { baselines } = await import('@ringformer/seq2seq/baselines');
  const options = { signal, threads, precision, architectures: baselines };
  const { loadTranslator: loadOnEngine, readConfig } = await import('@ringformer/seq2seq/engine');
  if (engine === 'onnx') return loadOnEngine(files, await startOnnxEngine(providers), options);
  const isRing = () => readConfig(readFileSync(files.config, 'utf8')).architecture === 'ring';
  if (backend === 'wasm' && (engine === 'wasm' || (engine === 'auto' && isRing()))) {
    return loadOnEngine(files, await startWasmEngine(brief), { ...options, engine });
  }
  const { loadTranslator } = await import('@ringformer/seq2seq');
  return loadTranslator(files, await startBackend(backend), { ...options, engine });
}

/** The files that `openTranslator` reads. */
export async function modelPaths(model: string | undefined, engine: Engine): Promise<string[]> {
  return Object.values(findGraphs(model) ?? (await filesFor(model, engine))).map((place) =>
    place instanceof URL ? fileURLToPath(place) : String(place),
  );
}

/** The message if another engine was to run ONNX graphs. */
export const onlyOnnx = (model: string | undefined): string =>
  `${model} holds ONNX graphs. Add --engine onnx, or give the directory they were exported from.`;

/** The files of a directory that holds graphs instead of weights; undefined for any other directory. */
export function findGraphs(directory: string | undefined): GraphFiles | undefined {
  if (directory === undefined || existsSync(join(directory, NAMES.weights))) return undefined;
  if (!existsSync(join(directory, GRAPHS.encoder))) return undefined;
  return located(directory, { config: NAMES.config, tokenizer: NAMES.tokenizer, ...GRAPHS });
}

/** The paths of files that a directory must contain. @throws FailedError that lists what is missing */
function located<K extends string>(directory: string, names: Readonly<Record<K, string>>): Record<K, string> {
  const entries = Object.entries<string>(names).map(([key, name]) => [key, join(directory, name)] as const);
  const missing = entries.filter(([, file]) => !existsSync(file)).map(([, file]) => basename(file));
  if (missing.length === 0) return Object.fromEntries(entries) as Record<K, string>;
  throw new FailedError(
    `${directory} is not a model: ${listed(missing)} missing. ` +
      `Expected a directory with ${listed(Object.values(names))}.`,
  );
}
