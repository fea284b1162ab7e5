import type { Place } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';

/** Where one level finds its weights. */
export type LevelPlaces = {
  readonly attn: Place;
  readonly attnNorm: Place;
  readonly ffn: Place;
  readonly ffnNorm: Place;
  /** Absent if the level has no signals. */
  readonly signals?: Place;
};

/**
 * The levels of an image classifier as data: levels share a part if it has the same place. Tensors, ONNX graphs and engines
 * all follow it.
 */
export type LevelPlan = {
  /** How positions are encoded: by a sinusoid added to the embedding, or by a table (`levelTable`) before each level. */
  readonly positions: 'embedding' | 'levels';
  levels(config: VitConfig): readonly LevelPlaces[];
};
