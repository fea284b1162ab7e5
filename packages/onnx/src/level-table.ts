// The Universal Transformer's table: before a level it adds the position's waves plus the level's.
import { levelWaves } from '@ringformer/core/base';
import type { GraphBuilder, Value } from './graph.ts';

/** The waves of all positions: [n d] */
export const positionTable = (g: GraphBuilder, length: number, dim: number): Value =>
  g.table('positionWaves', () => ({ shape: [length, dim], data: levelWaves(length, dim) }));

/** Those of one level: [d] */
export const levelRow = (g: GraphBuilder, level: number, dim: number): Value =>
  g.table(`levelWaves.${level}`, () => ({ shape: [dim], data: levelWaves(1, dim, level) }));
