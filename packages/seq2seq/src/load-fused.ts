import type { Backend, FusedOptions, ReadOptions } from '@ringformer/core/base';
import { type ModelFiles, readModelFiles } from './model-files.ts';
import { makeTranslator, type Translator } from './translator.ts';
import { readStored } from './weights.ts';

/**
 * Reads a model's files and makes a translator on the backend's fused engine, without TensorFlow.js.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how.
 */
export async function loadFused(
  files: ModelFiles,
  backend: Required<Pick<Backend, 'readBytes' | 'fused'>>,
  options: ReadOptions & FusedOptions = {},
): Promise<Translator> {
  const { config, tokenizer, weights } = await readModelFiles(files, backend, options);
  const model = await backend.fused.seq2seq(config, readStored(config, weights), options);
  return makeTranslator(config, tokenizer, {
    engine: 'fused',
    open: (sources, options) => model.open(sources, options),
    dispose: () => model.dispose(),
  });
}
