import { signalNamesOf } from '@ringformer/level-signals/spec';
import { architectureOf, tokenCount } from '@ringformer/vit';
import { signalsRead } from './parameters.ts';
import type { VisionModel } from './vision.ts';

/** Operations by kind as the authors' counter counts them; one multiply–add is 1. */
export type ReferenceCount = {
  readonly total: number;
  readonly conv: number;
  readonly linear: number;
  readonly matmul: number;
  readonly elementwise: number;
  readonly layer_norm: number;
  readonly softmax: number;
  readonly gelu: number;
};

/**
 * What the authors' FLOP counter says of one image (SPEC §5.4), with its quirks: it takes a product's cost from the first
 * factor's size, and so counts the d × d matrices AᵀB of the level signals for one token instead of all; softmax is 3 for each
 * head; a signal adds 2 sums of single numbers. Compare with `visionCost`, which counts what is computed.
 */
export function referenceVisionCount(model: VisionModel): ReferenceCount {
  const { config } = model;
  const { dim: d, mlpDim: f, heads, rank, ffnRank, channels, patchSize, classes } = config;
  const { levels, positions } = architectureOf(model);
  const places = levels(config);
  const count = places.length;
  const signals = places.filter((level) => level.signals).length;
  const tables = positions === 'levels' ? count : 0;
  const n = tokenCount(config);
  const read = signalsRead(config);
  const kinds = {
    conv: d * channels * patchSize ** 2 * (n - 1),
    linear: count * n * (4 * d * d + 2 * d * f) + d * classes,
    matmul: count * 2 * n * n * d + signals * (read.attention * (rank + 1) + read.ffn * (ffnRank + 1)) * d * d,
    elementwise:
      count * heads * n * n + // scores / √(d/h)
      2 * count * n * d + // residuals
      (positions === 'levels' ? 0 : n * d) + // positions
      tables * (n * d + 1) + // tables, and the level's number
      signals * signalNamesOf(config).length * (n * d + 2), // signals, and 2 for each
    layer_norm: 5 * n * d * (2 * count + 1),
    softmax: 3 * heads * count,
    gelu: 6 * n * f * count,
  };
  return { total: Object.values(kinds).reduce((sum, x) => sum + x, 0), ...kinds };
}
