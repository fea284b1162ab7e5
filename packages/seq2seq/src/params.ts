import type { Attention, FeedForward, Norm } from '@ringformer/core';
import type { Signals } from '@ringformer/level-signals';
import type * as tf from '@tensorflow/tfjs-core';

/** What each encoder level owns, leaves [l …]. */
export type EncoderLevel = { readonly attnNorm: Norm; readonly ffnNorm: Norm; readonly signals: Signals };
/** What each decoder level owns, leaves [l …]. */
export type DecoderLevel = {
  readonly selfNorm: Norm;
  readonly crossNorm: Norm;
  readonly ffnNorm: Norm;
  readonly signals: Signals;
};

/** An embedding table [v d], absent if the source uses the target's; `positions` [n d] only if learned. */
export type Embeddings = { readonly tokens?: tf.Tensor; readonly positions?: tf.Tensor };
export type TargetEmbeddings = Embeddings & { readonly tokens: tf.Tensor };

/** One shared block, many levels. */
export type EncoderParams = Embeddings & {
  readonly shared: { readonly attn: Attention; readonly ffn: FeedForward };
  readonly levels: EncoderLevel;
};
export type DecoderParams = TargetEmbeddings & {
  readonly shared: { readonly self: Attention; readonly cross: Attention; readonly ffn: FeedForward };
  readonly levels: DecoderLevel;
};

/** An encoder, a decoder and the output layer; `head.weight` [v d] is absent if it shares the target's table. */
export type ModelParams<Encoder, Decoder> = {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly head: { readonly weight?: tf.Tensor; readonly bias: tf.Tensor };
};
/** The parameters of the ring; under an ablation, some are absent or elsewhere: see `seq2seqSpec`. */
export type Seq2seqParams = ModelParams<EncoderParams, DecoderParams>;
/** The parameters that every architecture has. */
export type AnyParams = ModelParams<Embeddings, TargetEmbeddings>;
