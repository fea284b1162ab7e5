import {
  architectureFor,
  checkOffered,
  checkOptions,
  chooseEngine,
  type FilePlace,
  isRecord,
  LOADER_OPTIONS,
  type LoaderOptions,
  locateFiles,
  type ModelBackend,
  RingformerError,
  readerOf,
} from '@ringformer/core/base';
import type { Architecture } from './architecture.ts';
import { isSeq2seqEngine } from './inference.ts';
import { type GraphFiles, type LoadedFiles, type ModelFiles, readModelFiles, readModelHead } from './model-files.ts';
import { architectureOf } from './ring-former.ts';
import { makeTranslator, type Translator } from './translator.ts';
import { readStored, readWeights } from './weights.ts';

export type LoadOptions = LoaderOptions<Architecture>;

/** Makes a translator on TensorFlow.js from files that have been read. */
type OnTensors = (read: LoadedFiles, architecture: Architecture | undefined) => Translator;

const WHERE = '[ringformer/seq2seq] loadTranslator';
const NAMES = { config: 'config.json', weights: 'model.safetensors', tokenizer: 'tokenizer.json' };
const GRAPH_NAMES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  encoder: 'encoder.onnx',
  decoder: 'decoder.onnx',
};

/**
 * Reads a model's files and makes a translator on the backend's engine, without TensorFlow.js. `files`: its files, or the
 * folder that contains config.json, model.safetensors and tokenizer.json.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says which file is wrong and how; 'no-backend'
 * if the requested engine is unavailable or cannot run the model; 'bad-argument'.
 */
export function loadTranslator(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options?: LoadOptions,
): Promise<Translator> {
  return loadWith(files, backend, options);
}

/** The same; a model that no engine runs goes to `onTensors`, if given. */
export async function loadWith(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options: LoadOptions = {},
  onTensors?: OnTensors,
): Promise<Translator> {
  checkOptions(WHERE, options, LOADER_OPTIONS);
  const readBytes = readerOf(WHERE, backend, options);
  const { engine: wanted = 'auto', signal } = options;
  const offered = backend.engine && isSeq2seqEngine(backend.engine) ? backend.engine : undefined;
  if (wanted !== 'auto' && wanted !== 'tfjs') checkOffered(WHERE, backend.name, offered, wanted);
  if (isRecord(files) && 'encoder' in files) {
    const places = locateFiles(WHERE, files, GRAPH_NAMES);
    if (!offered?.graphs || wanted === 'tfjs') throw noGraphs(wanted === 'tfjs' || !offered ? undefined : offered.name);
    const [{ config, tokenizer }, encoder, decoder] = await Promise.all([
      readModelHead(places, readBytes, options),
      readBytes(places.encoder, { signal }),
      readBytes(places.decoder, options),
    ]);
    const model = await offered.graphs.seq2seq(config, { encoder, decoder }, options);
    return makeTranslator(config, tokenizer, offered.name, model);
  }
  const read = await readModelFiles(locateFiles(WHERE, files, NAMES), readBytes, options);
  const { config, tokenizer, weights } = read;
  const architecture = architectureFor(config.architecture, options);
  const engine = chooseEngine(WHERE, backend, offered, wanted, config.architecture);
  if (engine) {
    const plan = architectureOf({ config, architecture });
    const named = (engine.weights === 'stored' ? readStored : readWeights)(config, weights, plan);
    return makeTranslator(config, tokenizer, engine.name, await engine.seq2seq(config, named, plan, options));
  }
  if (onTensors) return onTensors(read, architecture);
  throw new RingformerError(
    'no-backend',
    `${WHERE}: this model is '${config.architecture}', and backend '${backend.name}' has no engine for it. Load it with @ringformer/seq2seq, which uses TensorFlow.js.`,
  );
}

const noGraphs = (engine: string | undefined) =>
  new RingformerError(
    'no-backend',
    `${WHERE}: these files are ONNX graphs, which ${engine ? `the ${engine} engine` : 'TensorFlow.js'} cannot run. Use startOnnx of @ringformer/onnx/run, or give the model's weights.`,
  );
