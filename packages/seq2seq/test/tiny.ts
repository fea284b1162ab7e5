import { flattenSpec, initTree, normal, type Spec, type SpecOf, type SpecTree } from '@ringformer/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  decode,
  encode,
  type Seq2seq,
  type Seq2seqConfig,
  type Seq2seqParams,
  seq2seqConfig,
  seq2seqSpec,
} from '../src/index.ts';

/** As small as a model can be and still have everything in it. */
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

/** A tiny model with every parameter N(0, std²), so that no zero and no one hides a mistake. The caller owns it. */
export function tinyModel(given: Partial<Seq2seqConfig> = {}, seed = 1, std = 0.5): Seq2seq {
  const config = tinyConfig(given);
  const loud = (node: SpecTree | Spec): SpecTree | Spec => {
    if (typeof node.init === 'function') return { ...(node as Spec), init: normal(std) };
    return Object.fromEntries(Object.entries(node as SpecTree).map(([name, child]) => [name, child && loud(child)]));
  };
  const spec = loud(seq2seqSpec(config) as SpecTree) as SpecOf<Seq2seqParams>;
  return { config, params: initTree<Seq2seqParams>(spec, seed) };
}

/** int32 [b n] */
export const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

/** The logits [b n v] of one pass over both sequences. */
export function logitsOf(model: Seq2seq, source: number[][], target: number[][], dropoutSeed?: number): tf.Tensor3D {
  return tf.tidy(() => {
    const pass = dropoutSeed === undefined ? {} : { dropoutSeed };
    return decode(model, encode(model, ids(source), pass), ids(target), pass).logits;
  });
}

/** Names of all parameters of a configuration. */
export const paramNames = (config: Seq2seqConfig): string[] =>
  flattenSpec(seq2seqSpec(config) as SpecTree).map(([name]) => name);
