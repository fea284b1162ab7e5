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
  checkOptions(WHERE, options, LOADER_OPTIONS);
  const readBytes = readerOf(WHERE, backend, options);
  const { engine: wanted = 'auto', signal } = options;
  const offered = backend.engine && isVisionEngine(backend.engine) ? backend.engine : undefined;
  const configAt = async (place: FilePlace) => readConfig(new TextDecoder().decode(await readBytes(place, { signal })));
  if (isRecord(files) && 'graph' in files) {
    const places = locateFiles(WHERE, files, { config: 'config.json', graph: 'classifier.onnx' });
    if (wanted !== 'auto' && wanted !== 'tfjs') checkOffered(WHERE, backend.name, offered, wanted);
    if (!offered?.graphs || wanted === 'tfjs') throw noGraphs(wanted === 'auto' ? backend.name : wanted);
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
  throw new RingformerError(
    'no-backend',
    `${WHERE}: this model is '${config.architecture}', and backend '${backend.name}' has no engine for it. Load it with @ringformer/vit, which uses TensorFlow.js.`,
  );
}

const noGraphs = (what: string) =>
  new RingformerError(
    'no-backend',
    `${WHERE}: this model is an ONNX graph, which ${what} cannot run. Use startOnnx of @ringformer/onnx/run.`,
  );
