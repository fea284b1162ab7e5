import { type Attention, type FeedForward, type Norm, partsOfLevels, type Slices, sliceLevels } from '@ringformer/core';
import { distinctPlaces, levelWaves } from '@ringformer/core/base';
import type { AnySignals } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
import type { AnyParams } from './params.ts';

/** What a level may have besides attention. */
type LevelParts = {
  /** If absent, there is no feed-forward network and no second norm. */
  readonly ffn?: FeedForward;
  readonly ffnNorm?: Norm;
  readonly signals?: AnySignals;
  /** Added to the stream before the level: [1 n d]. */
  readonly table?: tf.Tensor;
};
/** The parts of one encoder level. */
export type EncoderParts = LevelParts & { readonly attn: Attention; readonly attnNorm: Norm };
/** The parts of one decoder level. */
export type DecoderParts = LevelParts & {
  readonly self: Attention;
  readonly selfNorm: Norm;
  readonly cross: Attention;
  readonly crossNorm: Norm;
};

/** The positions that a pass reads: `length` of them, starting at `start`. */
export type Span = { readonly start: number; readonly length: number };

type Model = { readonly architecture: Architecture; readonly config: Seq2seqConfig; readonly params: AnyParams };

/** The encoder levels' weights as tensors. */
export function encoderParts({ architecture, config, params }: Model, span: Span): EncoderParts[] {
  const levels = partsOfLevels<Omit<EncoderParts, 'table'>>(params, architecture.encoder(config));
  return withTables(levels, architecture, config, span);
}

/** The slices of the decoder's stacked weights, for many calls of `decoderParts`. The caller disposes of them. */
export const decoderSlices = ({ architecture, config, params }: Model): Slices =>
  sliceLevels(params, architecture.decoder(config));

/** The decoder levels' weights as tensors. */
export function decoderParts({ architecture, config, params }: Model, span: Span, slices?: Slices): DecoderParts[] {
  const levels = partsOfLevels<Omit<DecoderParts, 'table'>>(params, architecture.decoder(config), slices);
  return withTables(levels, architecture, config, span);
}

/** The cross-attentions that read the encoder's output: one for each level, or one for all. */
export function crossParts({ architecture, config, params }: Model): Attention[] {
  const places = distinctPlaces(architecture.decoder(config).map(({ cross }) => cross));
  const parts = partsOfLevels<{ cross: Attention }>(
    params,
    places.map((cross) => ({ cross })),
  );
  return parts.map(({ cross }) => cross);
}

/** Levels with the rows of their tables at `span` [1 n d], if the architecture adds positions there. */
function withTables<Parts extends object>(
  levels: readonly Parts[],
  { positions }: Architecture,
  { dim }: Seq2seqConfig,
  { start, length }: Span,
): (Parts & Pick<LevelParts, 'table'>)[] {
  if (positions === 'embedding') return [...levels];
  const rows = tf.tensor(levelWaves(length, dim, start), [1, length, dim]);
  return levels.map((level, i) => ({
    ...level,
    table: tf.add(rows, tf.tensor(levelWaves(1, dim, i), [1, 1, dim])),
  }));
}
