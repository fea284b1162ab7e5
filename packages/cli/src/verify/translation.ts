import { crossEntropy, type Raw } from '@ringformer/core';
import {
  type AnyParams,
  decode,
  encode,
  exportReference,
  greedySearch,
  loadSeq2seq,
  type Seq2seq,
  type Seq2seqConfig,
  seq2seqConfig,
  tensorDecoding,
} from '@ringformer/seq2seq';
import * as tf from '@tensorflow/tfjs-core';
import { architectureNamed } from '../architecture.ts';
import type { Case } from './case.ts';
import { type Finding, finding } from './compare.ts';
import { type Files, type Json, need } from './files.ts';

/** Greedy ids of `steps` steps, the start token left out; the end token stops nothing. */
type Greedy = {
  readonly src: readonly (readonly number[])[];
  readonly sos: number;
  readonly steps: number;
  readonly output: readonly (readonly number[])[];
};

/** A translation model's fixture. @throws FailedError where a file is missing or is not what it should be. */
export async function translationCase(files: Files, architectureName: string): Promise<Case<AnyParams>> {
  const { name, settings, weights, io, grads, train } = files;
  const greedy = (await files.json('greedy.json', ['src', 'sos', 'steps', 'output'])) as Greedy;
  need(files.directory, 'io.safetensors', io, ['src', 'trg', 'logits']);
  const { src, trg, ...recorded } = io as Record<string, Raw> & { src: Raw; trg: Raw };
  const config = configOf(settings, architectureName);
  const architecture = await architectureNamed(architectureName);
  const modelOf = (params: AnyParams) => ({ config, params, architecture });
  return {
    name,
    sizes: `${config.encoderLevels}+${config.decoderLevels} levels, dim ${config.dim}`,
    recorded,
    grads,
    train,
    load: () => loadSeq2seq<AnyParams>(config, weights, architecture).params,
    forward(params, show) {
      const tap = (name: string, x: tf.Tensor) => {
        if (referenceName(name) in recorded) show(referenceName(name), x);
      };
      const model = modelOf(params);
      show('logits', decode(model, encode(model, ids(src), { tap }), ids(trg), { tap }).logits);
    },
    loss: (params) => lossOf(modelOf(params), ids(src), ids(trg)),
    rename: (ours) => exportReference(config, ours, architecture),
    forwardKind,
    gradientKind,
    more: async (params, signal) => [await checkGreedy(modelOf(params), greedy, signal)],
  };
}

/** 'encoder.2.hidden' → 'enc.level.2.hidden'; 'decoder.0.selfAttn' → 'dec.level.0.self_attn'. */
function referenceName(tap: string): string {
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

/** Mean over the tokens that are not padding of −log p(next token), the whole target read. */
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

async function checkGreedy(model: Seq2seq<AnyParams>, greedy: Greedy, signal?: AbortSignal): Promise<Finding> {
  const found = await greedySearch(tensorDecoding(model, greedy.src as number[][]), {
    startId: greedy.sos,
    limits: greedy.src.map(() => greedy.steps),
    signal,
  });
  const want = greedy.output.flat();
  const got = found.flatMap(({ tokens }) => tokens);
  const wrong = got.length === want.length ? got.filter((id, i) => id !== want[i]).length : Number.POSITIVE_INFINITY;
  return finding('greedy ids that differ', wrong, 0);
}

/** → int32 [b n] */
function ids({ data, shape }: Raw): tf.Tensor2D {
  return tf.tensor2d(Int32Array.from(data), shape as [number, number], 'int32');
}

/** The reference's settings → ours. Its ring ignores its own `layernorm_eps`. */
function configOf(settings: Json, architecture: string): Seq2seqConfig {
  const number = (key: string) => Number(settings[key]);
  const dim = number('hidden_dim');
  return seq2seqConfig({
    architecture,
    dim,
    heads: number('num_head'),
    mlpDim: number('ffn_dim'),
    encoderLevels: number('enc_num_layers'),
    decoderLevels: number('dec_num_layers'),
    rank: Math.max(1, Math.floor(dim / 16)),
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
