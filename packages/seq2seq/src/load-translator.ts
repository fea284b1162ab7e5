import { type Backend, disposeTree, type FusedOptions, type ReadOptions, RingformerError } from '@ringformer/core';
import type { Tokenizer } from '@ringformer/text';
import { loadSeq2seq } from './checkpoint.ts';
import { loadFused } from './load-fused.ts';
import { type ModelFiles, readModelFiles } from './model-files.ts';
import type { Seq2seq } from './params.ts';
import { tensorDecoding } from './tensor-decoding.ts';
import { makeTranslator, type Translator } from './translator.ts';

/** A translator from its parts, by TensorFlow.js' operations; it owns the model from then on. */
export function createTranslator(model: Seq2seq, tokenizer: Tokenizer): Translator {
  return makeTranslator(model.config, tokenizer, {
    engine: 'tfjs',
    open: (sources, options) => tensorDecoding(model, sources, options),
    dispose: () => disposeTree(model.params),
  });
}

export type LoadOptions = ReadOptions &
  FusedOptions & {
    /** 'auto' (the default) takes the backend's fused engine where it has one, else TensorFlow.js' operations. */
    readonly engine?: 'auto' | 'fused' | 'tfjs';
  };

/**
 * Reads a model's files through the backend and makes a translator.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how;
 * 'no-backend' where the engine that is asked for is missing.
 */
export async function loadTranslator(
  files: ModelFiles,
  backend: Backend,
  { engine = 'auto', ...options }: LoadOptions = {},
): Promise<Translator> {
  const { fused } = backend;
  if (engine === 'fused' && !fused) {
    throw new RingformerError(
      'no-backend',
      `[ringformer] The backend '${backend.name}' has no fused engine: use 'wasm', or engine 'tfjs'.`,
    );
  }
  if (fused && engine !== 'tfjs') return loadFused(files, { readBytes: backend.readBytes, fused }, options);
  const { config, tokenizer, weights } = await readModelFiles(files, backend, options);
  return createTranslator(loadSeq2seq(config, weights), tokenizer);
}
