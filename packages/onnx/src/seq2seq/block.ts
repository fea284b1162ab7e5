import { MASKED, sinusoidalPositions } from '@ringformer/core/base';
import type { GraphBuilder, Value } from '../graph.ts';
import { feedForward, layerNorm, plusSignal } from '../layers.ts';
import { levelRow, positionTable } from '../level-table.ts';
import { type Place, within } from '../weights.ts';
import type { Seq2seqExportConfig } from './config.ts';
import { type EncoderParts, seq2seqParts } from './parts.ts';

/** LN(x + sublayer(x)): every sublayer of a post-norm block ends so. */
export function addAndNorm(
  g: GraphBuilder,
  norm: Place,
  x: Value,
  y: Value,
  { normEpsilon }: Seq2seqExportConfig,
): Value {
  return layerNorm(g, norm, g.op('Add', [x, y]), normEpsilon);
}

/** LN(x + FFN(x + signal)), where the level has a feed-forward network; else x. x: [b n d] → [b n d] */
export function feedForwardSublayer(
  g: GraphBuilder,
  { ffn, ffnNorm, signals }: Pick<EncoderParts, 'ffn' | 'ffnNorm' | 'signals'>,
  x: Value,
  config: Seq2seqExportConfig,
): Value {
  if (!ffn || !ffnNorm) return x;
  const read = plusSignal(g, x, signals && within(signals, 'ffn'), x);
  return addAndNorm(g, ffnNorm, x, feedForward(g, ffn, read), config);
}

/** What is added to the stream, at the embedding or before each level; undefined where nothing is. */
export type Positions = {
  readonly embedding: (x: Value) => Value;
  readonly level: (x: Value, i: number) => Value;
};

/** How the model tells positions: by rows [n d] of a table, gathered once at `places` [n]. */
export function positionsAt(
  g: GraphBuilder,
  config: Seq2seqExportConfig,
  side: 'encoder' | 'decoder',
  places: Value,
): Positions {
  const { architecture, dim, maxLength } = config;
  if (seq2seqParts(architecture).levelTable) {
    const rows = g.op('Gather', [positionTable(g, maxLength, dim), places]);
    return {
      embedding: (x) => x,
      level: (x, i) => g.op('Add', [x, g.op('Add', [rows, levelRow(g, i, dim)])]),
    };
  }
  const table =
    config.positions === 'learned'
      ? g.weight({ path: `${side}.positions` })
      : g.table('sinusoid', () => ({ shape: [maxLength, dim], data: sinusoidalPositions(maxLength, dim) }));
  const rows = g.op('Gather', [table, places]);
  return { embedding: (x) => g.op('Add', [x, rows]), level: (x) => x };
}

/** ids [b n] → their embeddings [b n d], from the table of `side` */
export function embed(
  g: GraphBuilder,
  { dim, scaleEmbedding }: Seq2seqExportConfig,
  side: 'encoder' | 'decoder',
  ids: Value,
): Value {
  const looked = g.op('Gather', [g.weight({ path: `${side}.tokens` }), ids]);
  return scaleEmbedding ? g.op('Mul', [looked, g.float(Math.sqrt(dim))]) : looked;
}

/** ids [b m] → additive mask [b m]: 0 at a token, MASKED at padding */
export function paddingBias(g: GraphBuilder, ids: Value, padId: number): Value {
  return g.op('Where', [g.op('Equal', [ids, g.int(padId)]), g.float(MASKED), g.float(0)]);
}

/** [b m] → [b 1 1 m], as it is added to scores */
export const overKeys = (g: GraphBuilder, bias: Value): Value => g.op('Unsqueeze', [bias, g.ints([1, 2])]);

/** The cross-attentions: one for each level, or one where all share it. */
export function crossAttentions({ architecture, decoderLevels }: Seq2seqExportConfig): Place[] {
  const parts = seq2seqParts(architecture);
  const all = Array.from({ length: decoderLevels }, (_, i) => parts.decoder(i).cross);
  return [...new Map(all.map((place) => [place.path, place])).values()];
}
