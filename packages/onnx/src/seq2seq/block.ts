import { distinctPlaces, MASKED, type Place, sinusoidalPositions, within } from '@ringformer/core/base';
import type { EncoderPlaces, LevelPlan, Seq2seqConfig } from '@ringformer/seq2seq/engine';
import type { GraphBuilder, Value } from '../graph.ts';
import { feedForward, layerNorm, plusSignal } from '../layers.ts';
import { levelRow, positionTable } from '../level-table.ts';

/** LN(x + sublayer(x)): every sublayer of a post-norm block ends like this. */
export function addAndNorm(g: GraphBuilder, norm: Place, x: Value, y: Value, { normEpsilon }: Seq2seqConfig): Value {
  return layerNorm(g, norm, g.op('Add', [x, y]), normEpsilon);
}

/** LN(x + FFN(x + signal)) if the level has a feed-forward network; otherwise x. x: [b n d] → [b n d] */
export function feedForwardSublayer(
  g: GraphBuilder,
  { ffn, ffnNorm, signals }: Pick<EncoderPlaces, 'ffn' | 'ffnNorm' | 'signals'>,
  x: Value,
  config: Seq2seqConfig,
): Value {
  if (!ffn || !ffnNorm) return x;
  const read = plusSignal(g, x, signals && within(signals, 'ffn'), x);
  return addAndNorm(g, ffnNorm, x, feedForward(g, ffn, read), config);
}

/** What is added to the stream, at the embedding or before each level. */
export type Positions = {
  readonly embedding: (x: Value) => Value;
  readonly level: (x: Value, i: number) => Value;
};

/** How the model encodes positions: rows [n d] of a table, gathered once at `places` [n]. */
export function positionsAt(
  g: GraphBuilder,
  config: Seq2seqConfig,
  plan: LevelPlan,
  side: 'encoder' | 'decoder',
  places: Value,
): Positions {
  const { dim, maxLength } = config;
  if (plan.positions === 'levels') {
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
  { dim, scaleEmbedding }: Seq2seqConfig,
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

/** The cross-attentions: one for each level, or one that all share. */
export const crossAttentions = (config: Seq2seqConfig, plan: LevelPlan): Place[] =>
  distinctPlaces(plan.decoder(config).map(({ cross }) => cross));
