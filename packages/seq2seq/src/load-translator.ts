import {
  architectureFor,
  beginLoading,
  chooseEngine,
  type FilePlace,
  isRecord,
  type LoaderOptions,
  locateFiles,
  type ModelBackend,
  noEngine,
  noGraphs,
} from '@ringformer/core/base';
import type { Architecture } from './architecture.ts';
import { isSeq2seqEngine } from './inference.ts';
import { loadTexts } from './load-texts.ts';
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
  const { readBytes, offered } = beginLoading(WHERE, backend, options, isSeq2seqEngine);
  const { engine: wanted = 'auto', signal } = options;
  loadTexts().catch(() => {}); // needed with the first text, and sooner here than the weights
  if (isRecord(files) && 'encoder' in files) {
    const places = locateFiles(WHERE, files, GRAPH_NAMES);
    if (!offered?.graphs || wanted === 'tfjs') throw noGraphs(WHERE, wanted === 'tfjs' ? undefined : offered?.name);
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
  throw noEngine(WHERE, '@ringformer/seq2seq', backend, wanted, config.architecture);
}
