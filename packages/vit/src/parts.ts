import { type Attention, type FeedForward, type Norm, partsOfLevels, type Tree } from '@ringformer/core';
import { levelTable } from '@ringformer/core/base';
import type { AnySignals } from '@ringformer/level-signals';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from './architecture.ts';
import { tokenCount, type VitConfig } from './config.ts';
import type { AnyParams } from './params.ts';
import { type SeenTokens, seenRows } from './patch-dropout.ts';

/** The parts of one level. */
export type LevelParts = {
  readonly attn: Attention;
  readonly attnNorm: Norm;
  readonly ffn: FeedForward;
  readonly ffnNorm: Norm;
  readonly signals?: AnySignals;
  /** Added to the stream before the level: [1 n d], or [b k d] if only some tokens are seen. */
  readonly table?: tf.Tensor;
};

/** The levels' weights as tensors; of their tables, the rows of the tokens that are `seen`, if not all are. */
export function levelParts(
  architecture: Architecture,
  config: VitConfig,
  params: AnyParams,
  seen?: SeenTokens,
): LevelParts[] {
  const levels = partsOfLevels<Omit<LevelParts, 'table'>>(params, architecture.levels(config));
  if (architecture.positions === 'embedding') return levels;
  const tables = levelTables(config, params as Tree);
  const rows = (table: tf.Tensor) =>
    seen ? seenRows(tf.reshape(table, [tokenCount(config), config.dim]), seen) : table;
  return levels.map((level, i) => ({ ...level, table: rows(tables[i]!) }));
}

/** What is added before each level: the learned `table` [l·n d] if the model has one, else the fixed one. → [1 n d] each */
function levelTables(config: VitConfig, { table }: Tree): tf.Tensor[] {
  const { levels, dim } = config;
  const shape: [number, number, number] = [levels, tokenCount(config), dim];
  const learned = table instanceof tf.Tensor;
  const rows = learned ? tf.reshape(table, shape) : tf.tensor(levelTable(levels, tokenCount(config), dim), shape);
  return levels === 1 ? [rows] : tf.split(rows, levels, 0); // TF.js has no gradient for `split` into one tensor
}
