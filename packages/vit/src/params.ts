import type { Attention, FeedForward, Linear, Norm } from '@ringformer/core';
import type { Signals } from '@ringformer/level-signals';
import type * as tf from '@tensorflow/tfjs-core';

/** The parameters that every architecture has: patches [d c·p·p], the class token [d], the last norm, the output layer. */
export type AnyParams = {
  readonly patches: Required<Linear>;
  readonly classToken: tf.Tensor;
  readonly norm: Norm;
  readonly head: Required<Linear>;
};

/** What each level of the ring owns, leaves [l …]. */
export type LevelParams = { readonly attnNorm: Norm; readonly ffnNorm: Norm; readonly signals: Signals };

/** One shared block, many levels. Under an ablation, some parts are absent or elsewhere: see `vitSpec`. */
export type VitParams = AnyParams & {
  readonly shared: { readonly attn: Attention; readonly ffn: FeedForward };
  readonly levels: LevelParams;
};
