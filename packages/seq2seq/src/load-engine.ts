import { type EngineBackend, type EngineOptions, type ReadOptions, RingformerError } from '@ringformer/core/base';
import type { Seq2seqEngine } from './inference.ts';
import type { Layout } from './layout.ts';
import { type GraphFiles, type LoadedFiles, type ModelFiles, readModelFiles, readModelHead } from './model-files.ts';
import { makeTranslator, type Translator } from './translator.ts';
import { readStored, readWeights } from './weights.ts';

export type LoadEngineOptions = EngineOptions & {
  /** Of the model, where it is no ring: see `@ringformer/seq2seq/baselines`. */
  readonly architecture?: Layout;
};

/**
 * Reads a model's files and makes a translator on the backend's engine, without TensorFlow.js.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how;
 * 'no-backend' where the engine does not pass the architecture, or runs no graphs.
 */
export async function loadOnEngine(
  files: ModelFiles | GraphFiles,
  backend: EngineBackend<Seq2seqEngine>,
  options: ReadOptions & LoadEngineOptions = {},
): Promise<Translator> {
  if ('encoder' in files) return graphTranslator(files, backend, options);
  return engineTranslator(await readModelFiles(files, backend, options), backend.engine, options);
}

/** A translator on an engine from files that are read. @throws RingformerError as `loadOnEngine` does. */
export async function engineTranslator(
  { config, tokenizer, weights }: LoadedFiles,
  engine: Seq2seqEngine,
  { architecture, ...options }: LoadEngineOptions,
): Promise<Translator> {
  if (!engine.architectures.includes(config.architecture)) {
    throw new RingformerError(
      'no-backend',
      `[ringformer] The ${engine.name} engine passes '${engine.architectures.join("', '")}' alone, and this model is '${config.architecture}'. Load it with @ringformer/seq2seq, engine 'tfjs' and its architecture.`,
    );
  }
  const read = engine.weights === 'stored' ? readStored : readWeights;
  const model = await engine.seq2seq(config, read(config, weights, architecture), options);
  return makeTranslator(config, tokenizer, { engine: engine.name, ...model });
}

/** A translator on the engine from exported graphs. @throws RingformerError as `loadOnEngine` does. */
async function graphTranslator(
  files: GraphFiles,
  { readBytes, engine }: EngineBackend<Seq2seqEngine>,
  options: ReadOptions & EngineOptions,
): Promise<Translator> {
  if (!engine.graphs) {
    throw new RingformerError(
      'no-backend',
      `[ringformer] The ${engine.name} engine runs no ONNX graphs. Use startOnnx of @ringformer/onnx/run, or give the model's weights.`,
    );
  }
  const [{ config, tokenizer }, encoder, decoder] = await Promise.all([
    readModelHead(files, { readBytes }, options),
    readBytes(files.encoder, { signal: options.signal }),
    readBytes(files.decoder, options),
  ]);
  const model = await engine.graphs.seq2seq(config, { encoder, decoder }, options);
  return makeTranslator(config, tokenizer, { engine: engine.name, ...model });
}
