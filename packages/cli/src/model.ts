import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Precision } from '@ringformer/core/base';
import type { ModelFiles, Translator } from '@ringformer/seq2seq/fused';
import { architectureNamed } from './architecture.ts';
import { type BackendName, startBackend, startFusedEngine } from './backends.ts';
import { FailedError } from './errors.ts';

/** The files of a model's directory. */
export const NAMES = { config: 'config.json', weights: 'model.safetensors', tokenizer: 'tokenizer.json' };

/** The files of the model that `--model` names, or of the packaged one. @throws FailedError that lists what is missing. */
export async function findModel(model: string | undefined): Promise<ModelFiles> {
  return model === undefined ? packagedModel() : modelIn(model);
}

/** How to compute: see `engineArgs` in flags.ts. */
export type Engine = {
  readonly backend: BackendName;
  readonly engine: 'auto' | 'fused' | 'tfjs';
  readonly threads: number | 'auto';
  readonly precision: Precision | 'auto';
};

/**
 * A translator; the caller disposes it. Where the fused engine serves, TensorFlow.js is not even loaded: it passes rings,
 * and 'auto' takes TensorFlow.js for the others.
 */
export async function openTranslator(
  model: string | undefined,
  { backend, engine, threads, precision }: Engine,
  signal?: AbortSignal,
): Promise<Translator> {
  const files = await findModel(model); // before anything is started for nothing
  const options = { signal, threads, precision };
  const { loadTranslator: loadFused, readConfig } = await import('@ringformer/seq2seq/fused');
  const name = readConfig(readFileSync(files.config, 'utf8')).architecture;
  if (backend === 'wasm' && (engine === 'fused' || (engine === 'auto' && name === 'ring'))) {
    return loadFused(files, await startFusedEngine(), options);
  }
  const [{ loadTranslator }, architecture] = await Promise.all([
    import('@ringformer/seq2seq'),
    architectureNamed(name),
  ]);
  return loadTranslator(files, await startBackend(backend), { ...options, engine, architecture });
}

/** A directory with the three files, a run's directory with them in `model/`, or the weights beside the other two. */
function modelIn(path: string): ModelFiles {
  if (!existsSync(path)) throw new FailedError(`There is no model at ${path}: no such file or directory.`);
  if (statSync(path).isDirectory()) {
    const inner = join(path, 'model');
    const directory = !existsSync(join(path, NAMES.config)) && existsSync(join(inner, NAMES.config)) ? inner : path;
    return complete(directory, NAMES.weights);
  }
  return complete(dirname(path), path.endsWith('.safetensors') ? basename(path) : NAMES.weights);
}

function complete(directory: string, weights: string): ModelFiles {
  const files = {
    config: join(directory, NAMES.config),
    weights: join(directory, weights),
    tokenizer: join(directory, NAMES.tokenizer),
  };
  const missing = Object.values(files).filter((file) => !existsSync(file));
  if (missing.length === 0) return files;
  throw new FailedError(
    `${directory} is no model: ${missing.map((file) => basename(file)).join(' and ')} missing. ` +
      `A model directory holds ${Object.values(NAMES).join(', ')}.`,
  );
}

async function packagedModel(): Promise<ModelFiles> {
  const { default: files } = await import('@ringformer/model-de-en');
  const missing = Object.values(files).filter((file) => !existsSync(fileURLToPath(file)));
  if (missing.length === 0) return files;
  throw new FailedError(
    `The packaged model @ringformer/model-de-en is incomplete: ${missing.map((file) => basename(fileURLToPath(file))).join(' and ')} missing. ` +
      'Install it again, or give a model with --model DIR.',
  );
}
