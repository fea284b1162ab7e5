// Compares translation models with what the authors' code computed: `@ringformer/seq2seq/parity`.
import { crossEntropy, type Raw } from '@ringformer/core';
import { type Beams, type Case, type Json, type Recording, readJson, requireKeys } from '@ringformer/core/parity';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, Seq2seq } from './architecture.ts';
import { beamSearch } from './beam.ts';
import { loadSeq2seq } from './checkpoint.ts';
import { type Seq2seqConfig, seq2seqConfig } from './config.ts';
import { decode } from './decoder.ts';
import { encode } from './encoder.ts';
import { greedySearch } from './greedy.ts';
import { exportReference } from './names.ts';
import type { AnyParams } from './params.ts';
import { tensorDecoding } from './tensor-decoding.ts';

/** greedy.json: sources, and what greedy search finds for them in `steps` steps; the end token does not stop it. */
export type RecordedSearch = {
  readonly src: readonly (readonly number[])[];
  readonly sos: number;
  readonly eos: number;
  readonly steps: number;
  /** Without the start token. */
  readonly output: readonly (readonly number[])[];
};

/** @throws RingformerError 'bad-file' if something is missing from greedy.json. */
export function recordedSearch({ read }: Pick<Recording, 'read'>): RecordedSearch {
  return readJson(read, 'greedy.json', ['src', 'sos', 'steps', 'output']) as RecordedSearch;
}

/** beam.json: hypotheses that our own search found on backend cpu (`test/beams.test.ts`). */
export const recordedBeams = ({ read }: Pick<Recording, 'read'>): Beams =>
  readJson(read, 'beam.json') as unknown as Beams;

/** The options of that search. */
export const beamOptions = ({ src, sos, eos, steps }: RecordedSearch) => ({
  beams: 4,
  startId: sos,
  endId: eos,
  limits: src.map(() => steps),
  lengthPenalty: 1,
});

/**
 * A translation model and what was recorded from it, including its beam search if `beams` are given.
 * @throws RingformerError 'bad-file' if something is missing from a file
 */
export function translationCase(recording: Recording, architecture?: Architecture, beams?: Beams): Case<AnyParams> {
  const { name, settings, weights, gradients, training } = recording;
  const search = recordedSearch(recording);
  const io = requireKeys('io.safetensors', recording.io, ['src', 'trg', 'logits']);
  const { src, trg, ...intermediates } = io as Record<string, Raw> & { src: Raw; trg: Raw };
  const config = recordedConfig(settings);
  const modelOf = (params: AnyParams) => ({ config, params, architecture });
  const sources = search.src as number[][];
  return {
    name,
    sizes: `${config.encoderLevels}+${config.decoderLevels} levels, dim ${config.dim}`,
    recorded: { intermediates, gradients, training, ids: search.output, beams },
    load: () => loadSeq2seq<AnyParams>(config, weights, architecture).params,
    forward(params, show) {
      const tap = (name: string, x: tf.Tensor) => {
        if (recordedName(name) in intermediates) show(recordedName(name), x);
      };
      const model = modelOf(params);
      show('logits', decode(model, encode(model, ids(src), { tap }), ids(trg), { tap }).logits);
    },
    loss: (params) => lossOf(modelOf(params), ids(src), ids(trg)),
    rename: (ours) => exportReference(config, ours, architecture),
    forwardKind,
    gradientKind,
    async generate(params, signal) {
      const limits = sources.map(() => search.steps);
      const decoding = tensorDecoding(modelOf(params), sources);
      const found = await greedySearch(decoding, { startId: search.sos, limits, signal });
      return found.map(({ tokens }) => tokens);
    },
    search: (params, signal) =>
      beamSearch(tensorDecoding(modelOf(params), sources), { ...beamOptions(search), signal }),
  };
}

/** 'encoder.2.hidden' → 'enc.level.2.hidden'; 'decoder.0.selfAttn' → 'dec.level.0.self_attn'. */
function recordedName(tap: string): string {
  return tap
    .replace(/^(enc|dec)oder\.(\d+)/, '$1.level.$2')
    .replace(/^(enc|dec)oder/, '$1')
    .replace('selfAttn', 'self_attn')
    .replace('crossAttn', 'cross_attn')
    .replace('afterAttn', 'after_attn');
}

/** 'dec.level.0.self_attn' → 'decoder level 0 self-attention'. */
function forwardKind(name: string): string {
  return name
    .replace(/^(enc|dec)\./, '$1oder ')
    .replace(/level\.(\d+)\./, 'level $1 ')
    .replace(/(self|cross)_attn/, '$1-attention')
    .replace('after_attn', 'state after attention')
    .replace(/attn$/, 'attention')
    .replace('embed', 'embedding')
    .replace('hidden', 'hidden state');
}

/** The mean of −log p(next token) over all tokens of the target except padding. */
function lossOf(model: Seq2seq<AnyParams>, source: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  const { logits } = decode(model, encode(model, source), target);
  const [rows, length, vocabulary] = logits.shape;
  const read = tf.slice(logits, [0, 0, 0], [rows, length - 1, vocabulary]);
  return crossEntropy(read, tf.slice(target, [0, 1], [rows, length - 1]), { padId: model.config.padId });
}

const GROUPS: readonly (readonly [pattern: RegExp, group: string])[] = [
  [/emb_layer\.emb_layer\.weight$/, 'embeddings'],
  [/pos_layer/, 'positions'],
  [/enc_dec_attention/, 'cross-attention'],
  [/attention/, 'self-attention'],
  [/FeedForward/, 'feed-forward'],
  [/layer_norm/, 'norms'],
  [/lev_param.*_01$/, 'signals up'],
  [/lev_param.*_02$/, 'signals down'],
];

/** 'decoder.lev_param_FF_01' → 'gradient decoder signals up'. */
function gradientKind(name: string): string {
  const group = GROUPS.find(([pattern]) => pattern.test(name))?.[1];
  return group ? `gradient ${name.split('.')[0]} ${group}` : 'gradient output layer';
}

/** → int32 [b n] */
function ids({ data, shape }: Raw): tf.Tensor2D {
  return tf.tensor2d(Int32Array.from(data), shape as [number, number], 'int32');
}

/** The reference's settings → ours. Its ring ignores its own `layernorm_eps`. */
export function recordedConfig(settings: Json): Seq2seqConfig {
  const number = (key: string) => Number(settings[key]);
  const architecture = String(settings.model);
  const dim = number('hidden_dim');
  return seq2seqConfig({
    architecture,
    dim,
    heads: number('num_head'),
    mlpDim: number('ffn_dim'),
    encoderLevels: number('enc_num_layers'),
    decoderLevels: number('dec_num_layers'),
    rank: Number(settings.level_rank ?? Math.max(1, Math.floor(dim / 16))),
    sourceVocab: number('src_vocab'),
    targetVocab: number('trg_vocab'),
    maxLength: number('max_len'),
    bias: Boolean(settings.bias),
    positions: settings.pos_encoding ? 'sinusoidal' : 'learned',
    tie: 'none',
    dropout: 0,
    ...(architecture === 'ring' ? {} : { normEpsilon: number('layernorm_eps') }),
    padId: number('pad'),
    bosId: number('sos'),
    eosId: number('eos'),
  });
}
