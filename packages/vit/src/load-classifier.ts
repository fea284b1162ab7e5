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
import { type Classifier, makeClassifier } from './classifier.ts';
import { readConfig, type VitConfig } from './config.ts';
import { isVisionEngine } from './inference.ts';
import { architectureOf } from './ring-former.ts';
import { readWeights } from './weights.ts';

/** Where a model's files are. */
export type ModelFiles = { readonly config: FilePlace; readonly weights: FilePlace };

/** The same for a model exported as an ONNX graph, for engines that run it. */
export type GraphFiles = { readonly config: FilePlace; readonly graph: FilePlace };

export type LoadOptions = LoaderOptions<Architecture>;

/** Makes a classifier on TensorFlow.js from files that have been read. */
type OnTensors = (config: VitConfig, weights: Uint8Array, architecture: Architecture | undefined) => Classifier;

const WHERE = '[ringformer/vit] loadClassifier';

/**
 * Reads a model's files and makes a classifier on the backend's engine, without TensorFlow.js. `files`: its files, or the
 * folder that contains config.json and model.safetensors.
 * @throws RingformerError 'bad-config', 'bad-checkpoint' or 'bad-file' that says what is wrong; 'no-backend' if the
 * requested engine is unavailable or cannot run the model; 'bad-argument'.
 */
export function loadClassifier(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options?: LoadOptions,
): Promise<Classifier> {
  return loadWith(files, backend, options);
}

/** The same; a model that no engine runs goes to `onTensors`, if given. */
export async function loadWith(
  files: ModelFiles | GraphFiles | FilePlace,
  backend: ModelBackend,
  options: LoadOptions = {},
  onTensors?: OnTensors,
): Promise<Classifier> {
  const { readBytes, offered } = beginLoading(WHERE, backend, options, isVisionEngine);
  const { engine: wanted = 'auto', signal } = options;
  const configAt = async (place: FilePlace) => readConfig(new TextDecoder().decode(await readBytes(place, { signal })));
  if (isRecord(files) && 'graph' in files) {
    const places = locateFiles(WHERE, files, { config: 'config.json', graph: 'classifier.onnx' });
    if (!offered?.graphs || wanted === 'tfjs') throw noGraphs(WHERE, wanted === 'tfjs' ? undefined : offered?.name);
    const config = await configAt(places.config);
    const model = await offered.graphs.vision(config, await readBytes(places.graph, options), options);
    return makeClassifier(config, offered.name, model);
  }
  const places = locateFiles(WHERE, files, { config: 'config.json', weights: 'model.safetensors' });
  const config = await configAt(places.config);
  const architecture = architectureFor(config.architecture, options);
  const chosen = chooseEngine(WHERE, backend, offered, wanted, config.architecture);
  const bytes = await readBytes(places.weights, options);
  if (chosen) {
    const plan = architectureOf({ config, architecture });
    const model = await chosen.vision(config, readWeights(config, bytes, plan), plan, options);
    return makeClassifier(config, chosen.name, model);
  }
  if (onTensors) return onTensors(config, bytes, architecture);
  throw noEngine(WHERE, '@ringformer/vit', backend, wanted, config.architecture);
}
