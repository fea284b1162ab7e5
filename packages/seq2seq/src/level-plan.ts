import type { Place } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';

/** What a level may have besides attention; without `ffn` it has no feed-forward network and no second norm. */
type OtherPlaces = { readonly ffn?: Place; readonly ffnNorm?: Place; readonly signals?: Place };
/** Where one encoder level finds its weights. */
export type EncoderPlaces = OtherPlaces & { readonly attn: Place; readonly attnNorm: Place };
/** Where one decoder level finds its weights. */
export type DecoderPlaces = OtherPlaces & {
  readonly self: Place;
  readonly selfNorm: Place;
  readonly cross: Place;
  readonly crossNorm: Place;
};

/**
 * The levels of a translation model as data: levels share a part if it has the same place. Tensors, ONNX graphs and engines
 * all follow it.
 */
export type LevelPlan = {
  /** How positions are encoded: by a table added to the embedding, or by one (`levelTable`) before each level. */
  readonly positions: 'embedding' | 'levels';
  encoder(config: Seq2seqConfig): readonly EncoderPlaces[];
  decoder(config: Seq2seqConfig): readonly DecoderPlaces[];
};
