import {
  disposeTree,
  type EngineOptions,
  type InferenceEngine,
  type ModelBackend,
  type ReadOptions,
  RingformerError,
} from '@ringformer/core';
import type { Tokenizer } from '@ringformer/text';
import type { Architecture, Seq2seq } from './architecture.ts';
import { loadSeq2seq } from './checkpoint.ts';
import { isSeq2seqEngine } from './inference.ts';
import { inspect } from './inspect.ts';
import { engineTranslator, loadOnEngine } from './load-engine.ts';
import { type GraphFiles, type ModelFiles, readModelFiles } from './model-files.ts';
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
  EngineOptions & {
    /**
     * 'auto' (the default) takes the backend's engine where it has one that passes the model's architecture, else
     * TensorFlow.js' operations. 'wasm' and 'onnx' are the names of backends' engines.
     */
    readonly engine?: 'auto' | InferenceEngine['name'] | 'tfjs';
    /** Of the model, where it is no ring: see `@ringformer/seq2seq/baselines`. */
    readonly architecture?: Architecture;
  };

/**
 * Reads a model's files through the backend and makes a translator.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how;
 * 'no-backend' where the engine that is asked for is missing, does not pass this architecture, or runs no graphs.
 */
export async function loadTranslator(
  files: ModelFiles | GraphFiles,
  backend: ModelBackend,
  { engine = 'auto', architecture, ...options }: LoadOptions = {},
): Promise<Translator> {
  const offered = backend.engine && isSeq2seqEngine(backend.engine) ? backend.engine : undefined;
  if (engine !== 'auto' && engine !== 'tfjs' && offered?.name !== engine) {
    const start = engine === 'onnx' ? 'startOnnx of @ringformer/onnx/run' : "'wasm'";
    throw new RingformerError(
      'no-backend',
      `[ringformer] The backend '${backend.name}' has no ${engine} engine: use ${start}, or engine 'tfjs'.`,
    );
  }
  if ('encoder' in files) {
    if (offered && engine !== 'tfjs') return loadOnEngine(files, { ...backend, engine: offered }, options);
    throw new RingformerError(
      'no-backend',
      '[ringformer] These files are ONNX graphs, which TensorFlow.js does not run. Use startOnnx of @ringformer/onnx/run.',
    );
  }
  const read = await readModelFiles(files, backend, options);
  const { config, tokenizer, weights } = read;
  if (
    offered &&
    (engine === offered.name || (engine === 'auto' && offered.architectures.includes(config.architecture)))
  ) {
    return engineTranslator(read, offered, { ...options, architecture });
  }
  return createTranslator(loadSeq2seq(config, weights, architecture), tokenizer);
}
