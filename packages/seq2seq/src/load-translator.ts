import { type Backend, disposeTree, type FusedOptions, type ReadOptions, RingformerError } from '@ringformer/core';
import type { Tokenizer } from '@ringformer/text';
import type { Architecture, Seq2seq } from './architecture.ts';
import { loadSeq2seq } from './checkpoint.ts';
import { inspect } from './inspect.ts';
import { fusedTranslator } from './load-fused.ts';
import { type ModelFiles, readModelFiles } from './model-files.ts';
import type { AnyParams } from './params.ts';
import { tensorDecoding } from './tensor-decoding.ts';
import { makeTranslator, type Translator } from './translator.ts';

/** A translator from its parts, by TensorFlow.js' operations; it owns the model from then on. */
export function createTranslator(model: Seq2seq<AnyParams>, tokenizer: Tokenizer): Translator {
  return makeTranslator(model.config, tokenizer, {
    engine: 'tfjs',
    open: (sources, options) => tensorDecoding(model, sources, options),
    inspect: (texts) => inspect(model, tokenizer, texts),
    dispose: () => disposeTree(model.params),
  });
}

export type LoadOptions = ReadOptions &
  FusedOptions & {
    /**
     * 'auto' (the default) takes the backend's fused engine where it has one and the model is a ring, else
     * TensorFlow.js' operations.
     */
    readonly engine?: 'auto' | 'fused' | 'tfjs';
    /** Of the model, where it is no ring: see `@ringformer/seq2seq/baselines`. */
    readonly architecture?: Architecture;
  };

/**
 * Reads a model's files through the backend and makes a translator.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how;
 * 'no-backend' where the engine that is asked for is missing or does not pass this architecture.
 */
export async function loadTranslator(
  files: ModelFiles,
  backend: Backend,
  { engine = 'auto', architecture, ...options }: LoadOptions = {},
): Promise<Translator> {
  const { fused } = backend;
  if (engine === 'fused' && !fused) {
    throw new RingformerError(
      'no-backend',
      `[ringformer] The backend '${backend.name}' has no fused engine: use 'wasm', or engine 'tfjs'.`,
    );
  }
  const read = await readModelFiles(files, backend, options);
  const { config, tokenizer, weights } = read;
  if (fused && (engine === 'fused' || (engine === 'auto' && config.architecture === 'ring'))) {
    return fusedTranslator(read, fused, options);
  }
  return createTranslator(loadSeq2seq(config, weights, architecture), tokenizer);
}
