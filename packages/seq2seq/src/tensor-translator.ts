import { disposeTree, type FilePlace, type ModelBackend } from '@ringformer/core';
import { lifetime } from '@ringformer/core/base';
import type { Tokenizer } from '@ringformer/text';
import type { Seq2seq } from './architecture.ts';
import { loadSeq2seq } from './checkpoint.ts';
import { inspect } from './inspect.ts';
import { type LoadOptions, loadWith } from './load-translator.ts';
import type { GraphFiles, ModelFiles } from './model-files.ts';
import type { AnyParams } from './params.ts';
import { tensorDecoding } from './tensor-decoding.ts';
import { makeTranslator, type TensorTranslator, type Translator } from './translator.ts';

/** A translator on TensorFlow.js from its parts. It then owns the model. */
export function createTranslator(model: Seq2seq<AnyParams>, tokenizer: Tokenizer): TensorTranslator {
  const { check, dispose } = lifetime('[ringformer/seq2seq]', () => disposeTree(model.params));
  const translator = makeTranslator(model.config, tokenizer, 'tfjs', {
    attends: true,
    open(sources, options) {
      check();
      return tensorDecoding(model, sources, options);
    },
    dispose,
  });
  return {
    ...translator,
    engine: 'tfjs',
    async inspect(texts) {
      check();
      return inspect(model, tokenizer, texts);
    },
  };
}

/**
 * Reads a model's files and makes a translator: on the backend's engine if it can run the model, otherwise on
 * TensorFlow.js. `files`: its files, or the folder that contains config.json, model.safetensors and tokenizer.json.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how; 'no-backend'
 * if the requested engine is unavailable or cannot run the model; 'bad-argument'.
 */
export function loadTranslator(
  files: ModelFiles | FilePlace,
  backend: ModelBackend,
  options: LoadOptions & { readonly engine: 'tfjs' },
): Promise<TensorTranslator>;
export function loadTranslator(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options?: LoadOptions,
): Promise<Translator>;
export function loadTranslator(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options?: LoadOptions,
): Promise<Translator> {
  return loadWith(files, backend, options, ({ config, tokenizer, weights }, architecture) =>
    createTranslator(loadSeq2seq(config, weights, architecture), tokenizer),
  );
}
