import {
  type Backend,
  type FusedEngine,
  type FusedOptions,
  type ReadOptions,
  RingformerError,
} from '@ringformer/core/base';
import { type LoadedFiles, type ModelFiles, readModelFiles } from './model-files.ts';
import { makeTranslator, type Translator } from './translator.ts';
import { readStored } from './weights.ts';

/**
 * Reads a model's files and makes a translator on the backend's fused engine, without TensorFlow.js.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how;
 * 'no-backend' where the model is no ring.
 */
export async function loadFused(
  files: ModelFiles,
  backend: Required<Pick<Backend, 'readBytes' | 'fused'>>,
  options: ReadOptions & FusedOptions = {},
): Promise<Translator> {
  return fusedTranslator(await readModelFiles(files, backend, options), backend.fused, options);
}

/** A translator on the fused engine from files that are read. @throws RingformerError as `loadFused` does. */
export async function fusedTranslator(
  { config, tokenizer, weights }: LoadedFiles,
  fused: FusedEngine,
  options: FusedOptions,
): Promise<Translator> {
  if (config.architecture !== 'ring') {
    throw new RingformerError(
      'no-backend',
      `[ringformer] The fused engine passes 'ring' alone, and this model is '${config.architecture}'. Load it with @ringformer/seq2seq, engine 'tfjs' and its architecture.`,
    );
  }
  const model = await fused.seq2seq(config, readStored(config, weights), options);
  return makeTranslator(config, tokenizer, {
    engine: 'fused',
    open: (sources, options) => model.open(sources, options),
    dispose: () => model.dispose(),
  });
}
