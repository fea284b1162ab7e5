import type { Attention, FeedForward, Norm } from '@ringformer/core';
import type { Signals } from '@ringformer/level-signals';
import type * as tf from '@tensorflow/tfjs-core';
import type { Seq2seqConfig } from './config.ts';

/** What each encoder level owns, leaves [l …]. */
export type EncoderLevel = { readonly attnNorm: Norm; readonly ffnNorm: Norm; readonly signals: Signals };
/** What each decoder level owns, leaves [l …]. */
export type DecoderLevel = {
  readonly selfNorm: Norm;
  readonly crossNorm: Norm;
  readonly ffnNorm: Norm;
  readonly signals: Signals;
};

/** One shared block, many levels. `tokens` [v d] is absent where the target's table is shared; `positions` [n d] only where learned. */
export type EncoderParams = {
  readonly tokens?: tf.Tensor;
  readonly positions?: tf.Tensor;
  readonly shared: { readonly attn: Attention; readonly ffn: FeedForward };
  readonly levels: EncoderLevel;
};
export type DecoderParams = {
  readonly tokens: tf.Tensor;
  readonly positions?: tf.Tensor;
  readonly shared: { readonly self: Attention; readonly cross: Attention; readonly ffn: FeedForward };
  readonly levels: DecoderLevel;
};
/** `head.weight` [v d] is absent where the output layer shares the target's table. */
export type Seq2seqParams = {
  readonly encoder: EncoderParams;
  readonly decoder: DecoderParams;
  readonly head: { readonly weight?: tf.Tensor; readonly bias: tf.Tensor };
};

/** A configuration and its weights. */
export type Seq2seq = { readonly config: Seq2seqConfig; readonly params: Seq2seqParams };
