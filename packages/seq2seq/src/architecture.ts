import type { Attention, FeedForward, Norm } from '@ringformer/core';
import type { Signals } from '@ringformer/level-signals';
import type * as tf from '@tensorflow/tfjs-core';
import type { Seq2seqConfig } from './config.ts';
import type { Layout } from './layout.ts';
import type { AnyParams, Seq2seqParams } from './params.ts';

/** What levels may have beside attention. */
type LevelParts = {
  /** No feed-forward network, no second norm. */
  readonly ffn?: FeedForward;
  readonly ffnNorm?: Norm;
  readonly signals?: Signals;
  /** Added to the stream before the level: [1 n d]. */
  readonly table?: tf.Tensor;
};
/** What one encoder level passes. */
export type EncoderParts = LevelParts & { readonly attn: Attention; readonly attnNorm: Norm };
/** What one decoder level passes. */
export type DecoderParts = LevelParts & {
  readonly self: Attention;
  readonly selfNorm: Norm;
  readonly cross: Attention;
  readonly crossNorm: Norm;
};

/** The positions that a pass reads: `length` of them from `start` on. */
export type Span = { readonly start: number; readonly length: number };

/**
 * How parameters `P` make the levels of a translation model. One encoder and one decoder (post-norm) pass whatever
 * parts they are given: sharing is the same part at several levels.
 */
export type Architecture<P extends AnyParams = AnyParams> = Layout<P> & {
  /** Whether positions are added to the embedding. */
  readonly embedsPositions: boolean;
  encoder(config: Seq2seqConfig, params: P['encoder'], span: Span): EncoderParts[];
  decoder(config: Seq2seqConfig, params: P['decoder'], span: Span): DecoderParts[];
  /** The decoder's cross-attentions, whose keys and values the source is read into: one for each level, or one for all. */
  cross(params: P['decoder']): Attention[];
};

/** A configuration and its weights; the ring where no `architecture` is given. */
export type Seq2seq<P extends AnyParams = Seq2seqParams> = {
  readonly config: Seq2seqConfig;
  readonly params: P;
  readonly architecture?: Architecture<P>;
};
