import { crossEntropy, type Raw, readSafetensors } from '@ringformer/core';
import type { ModelCase } from '@ringformer/core/testing';
import {
  type AnyParams,
  beamSearch,
  decode,
  encode,
  exportReference,
  greedySearch,
  loadSeq2seq,
  type Seq2seqConfig,
  seq2seqConfig,
  tensorDecoding,
} from '@ringformer/seq2seq';
import * as tf from '@tensorflow/tfjs-core';
import { readFixtureFile } from '../fixture-files.ts';
import { architectures } from './tiny.ts';

/** The fixtures of translation: three rings, and two of each baseline. */
export const FIXTURES = ['ring_a', 'ring_b', 'ring_c'].concat(
  ...['vanilla', 'universal', 'owf'].map((name) => [`${name}_a`, `${name}_b`]),
);

/** A file of a fixture. */
export function fixtureFile(name: string, file: string): Uint8Array {
  return readFixtureFile(`${name}/${file}`);
}

const json = (name: string, file: string) => JSON.parse(new TextDecoder().decode(fixtureFile(name, file)));

/** The authors' settings as ours. */
export function fixtureConfig(name: string): Seq2seqConfig {
  const theirs = json(name, 'config.json');
  return seq2seqConfig({
    architecture: theirs.model,
    dim: theirs.hidden_dim,
    heads: theirs.num_head,
    mlpDim: theirs.ffn_dim,
    encoderLevels: theirs.enc_num_layers,
    decoderLevels: theirs.dec_num_layers,
    rank: theirs.level_rank ?? 1,
    sourceVocab: theirs.src_vocab,
    targetVocab: theirs.trg_vocab,
    maxLength: theirs.max_len,
    bias: theirs.bias === 1,
    positions: theirs.pos_encoding === 1 ? 'sinusoidal' : 'learned',
    dropout: theirs.dropout,
    ...(theirs.model === 'ring' ? {} : { normEpsilon: theirs.layernorm_eps }),
    padId: theirs.pad,
    bosId: theirs.sos,
    eosId: theirs.eos,
  });
}

/** 'encoder.2.hidden' → 'enc.level.2.hidden', 'decoder.0.selfAttn' → 'dec.level.0.self_attn'. */
const recordedName = (ours: string) =>
  ours
    .replace(/^(enc|dec)oder\.(?=\d)/, '$1.level.')
    .replace(/^(enc|dec)oder/, '$1')
    .replace(/(self|cross|after)Attn/, '$1_attn');

/** How the hypotheses of beam.json were searched for, in the batch of greedy.json. */
export const beamOptions = ({
  src,
  sos,
  eos,
  steps,
}: {
  src: number[][];
  sos: number;
  eos: number;
  steps: number;
}) => ({
  beams: 4,
  startId: sos,
  endId: eos,
  limits: src.map(() => steps),
  lengthPenalty: 1,
});

/** A tiny model with every parameter random, beside what the authors' code made of it. */
export function fixtureCase(name: string): ModelCase<AnyParams> {
  const config = fixtureConfig(name);
  const architecture = architectures[config.architecture];
  const { src, trg, ...forward } = readSafetensors(fixtureFile(name, 'io.safetensors')).tensors as {
    [name: string]: Raw;
    src: Raw;
    trg: Raw;
  };
  const train = json(name, 'train.json');
  const greedy = json(name, 'greedy.json');
  const ids = ({ data, shape }: Raw) => tf.tensor2d(Int32Array.from(data), shape as [number, number], 'int32');
  return {
    name,
    recorded: {
      forward,
      grads: readSafetensors(fixtureFile(name, 'grads.safetensors')).tensors,
      training: { lr: train.lr, clipNorm: train.clip_norm, losses: [...train.losses, train.final_loss] },
      ids: greedy.output,
      beams: json(name, 'beam.json'),
    },
    load: () => loadSeq2seq(config, fixtureFile(name, 'weights.safetensors'), architecture).params,
    forward: (params) => {
      const model = { config, params, architecture };
      const seen: Record<string, tf.Tensor> = {};
      const tap = (name: string, x: tf.Tensor) => {
        if (recordedName(name) in forward) seen[recordedName(name)] = tf.keep(x.clone());
      };
      const { logits } = decode(model, encode(model, ids(src), { tap }), ids(trg), { tap });
      return { ...seen, logits };
    },
    loss: (params) => {
      const model = { config, params, architecture };
      const target = ids(trg);
      const { logits } = decode(model, encode(model, ids(src)), target);
      const [rows, length, vocabulary] = logits.shape;
      const before = tf.slice(logits, [0, 0, 0], [rows, length - 1, vocabulary]);
      return crossEntropy(before, tf.slice(target, [0, 1], [rows, length - 1]), { padId: config.padId });
    },
    rename: (ours) => exportReference(config, ours, architecture),
    generate: async (params) => {
      const model = { config, params, architecture };
      const decoding = tensorDecoding(model, greedy.src);
      const limits = greedy.src.map(() => greedy.steps as number);
      const found = await greedySearch(decoding, { startId: greedy.sos, limits });
      return found.map(({ tokens }) => tokens);
    },
    search: (params) => beamSearch(tensorDecoding({ config, params, architecture }, greedy.src), beamOptions(greedy)),
  };
}
