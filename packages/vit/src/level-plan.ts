import type { Place } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';

/** Where one level finds its weights. */
export type LevelPlaces = {
  readonly attn: Place;
  readonly attnNorm: Place;
  readonly ffn: Place;
  readonly ffnNorm: Place;
  /** No level signals if absent. */
  readonly signals?: Place;
};

/**
 * The levels of an image classifier as data: sharing is the same place at several levels. Tensors, ONNX graphs and engines
 * pass whatever it says.
 */
export type LevelPlan = {
  /** What tells tokens apart: a sinusoid added to the embedding, or a table (`levelTable`) before each level. */
  readonly positions: 'embedding' | 'levels';
  levels(config: VitConfig): readonly LevelPlaces[];
};
