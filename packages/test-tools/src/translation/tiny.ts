import {
  flattenSpec,
  type Init,
  initTree,
  normal,
  randomNormal,
  type Spec,
  type SpecOf,
  type SpecTree,
} from '@ringformer/core';
import {
  type AnyParams,
  type Architecture,
  decode,
  encode,
  type Layout,
  ringFormer,
  type Seq2seq,
  type Seq2seqConfig,
  seq2seqConfig,
} from '@ringformer/seq2seq';
import { baselines } from '@ringformer/seq2seq/baselines';
import * as tf from '@tensorflow/tfjs-core';

/** Every architecture by name. */
export const architectures: { readonly [name: string]: Architecture } = { ring: ringFormer, ...baselines };

/** As small as a model can be and still contain everything. */
export function tinyConfig(given: Partial<Seq2seqConfig> = {}): Seq2seqConfig {
  return seq2seqConfig({
    dim: 8,
    heads: 2,
    mlpDim: 12,
    encoderLevels: 2,
    decoderLevels: 3,
    rank: 2,
    sourceVocab: 11,
    targetVocab: 11,
    maxLength: 12,
    bias: true,
    ...given,
  });
}

/** Noise around 1 for gains, around 0 for the rest; small if more would drown the differences between tokens. */
const noise = (name: string): Init => {
  if (/norm\.weight$/i.test(name)) return (size, seed) => randomNormal(size, seed).map((x) => 1 + 0.2 * x);
  if (/bias$/.test(name)) return normal(0.2);
  return normal(/tokens$|positions$/.test(name) ? 1 : 0.5);
};

/** A tiny model with random parameters, so that no zero or one hides a mistake. The caller owns it. */
export function tinyModel(given: Partial<Seq2seqConfig> = {}, seed = 1): Seq2seq {
  return randomModel(tinyConfig(given), ringFormer, seed);
}

/** The same with the architecture that `given` names. */
export function tinyModelOf(given: Partial<Seq2seqConfig>, seed = 1): Seq2seq<AnyParams> {
  const config = tinyConfig(given);
  return randomModel(config, architectures[config.architecture] as Architecture, seed);
}

function randomModel<P extends AnyParams>(
  config: Seq2seqConfig,
  architecture: Architecture<P>,
  seed: number,
): Seq2seq<P> {
  return { config, params: randomTree<P>(architecture.spec(config), seed), architecture };
}

/** Random parameters of any model, whatever its own initialisation. */
export function randomTree<P extends object>(spec: SpecOf<P>, seed: number): P {
  const loud = (node: SpecTree | Spec, path: string): SpecTree | Spec => {
    if (typeof node.init === 'function') return { ...(node as Spec), init: noise(path) };
    const children = Object.entries(node as SpecTree);
    return Object.fromEntries(children.map(([name, child]) => [name, child && loud(child, `${path}.${name}`)]));
  };
  return initTree(loud(spec as SpecTree, '') as SpecTree, seed) as P;
}

/** int32 [b n] */
export const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

/** The logits [b n v] of one pass over both sequences. */
export function logitsOf(
  model: Seq2seq<AnyParams>,
  source: number[][],
  target: number[][],
  dropoutSeed?: number,
): tf.Tensor3D {
  return tf.tidy(() => {
    const pass = dropoutSeed === undefined ? {} : { dropoutSeed };
    return decode(model, encode(model, ids(source), pass), ids(target), pass).logits;
  });
}

/** Names of all parameters of a configuration. */
export const paramNames = (config: Seq2seqConfig, { spec }: Layout = ringFormer): string[] =>
  flattenSpec(spec(config) as SpecTree).map(([name]) => name);
