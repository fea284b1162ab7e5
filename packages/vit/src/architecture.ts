import type { Attention, FeedForward, Norm } from '@ringformer/core';
import { type NameTable, RingformerError, type SpecOf } from '@ringformer/core/base';
import type { Signals } from '@ringformer/level-signals';
import type * as tf from '@tensorflow/tfjs-core';
import type { VitConfig } from './config.ts';
import type { AnyParams, VitParams } from './params.ts';

/** A table that the authors' state_dict holds and we compute: checked when it is imported, written when exported. */
export type FixedTable = { readonly name: string; readonly shape: readonly number[]; fill(): Float32Array };

/** What one level passes. */
export type LevelParts = {
  readonly attn: Attention;
  readonly attnNorm: Norm;
  readonly ffn: FeedForward;
  readonly ffnNorm: Norm;
  readonly signals?: Signals;
  /** Added to the stream before the level: [1 n d]. */
  readonly table?: tf.Tensor;
};

/** What is known of an architecture without computing: its parameters, and what the authors call them. */
export type Layout<P extends AnyParams = AnyParams> = {
  /** As in `VitConfig.architecture`. */
  readonly name: string;
  /** Shapes and initialisation of every parameter. */
  spec(config: VitConfig): SpecOf<P>;
  /** Our names beside those of the authors' PyTorch state_dict. */
  readonly names: NameTable;
  tables(config: VitConfig): readonly FixedTable[];
};

/**
 * How parameters `P` make the levels of an image classifier. One encoder (pre-norm) passes whatever parts it is given:
 * sharing is the same part at several levels.
 */
export type Architecture<P extends AnyParams = AnyParams> = Layout<P> & {
  /** Whether positions are added to the embedding. */
  readonly embedsPositions: boolean;
  levels(config: VitConfig, params: P): LevelParts[];
};

/** A configuration and its weights; the ring where no `architecture` is given. */
export type Vit<P extends AnyParams = VitParams> = {
  readonly config: VitConfig;
  readonly params: P;
  readonly architecture?: Architecture<P>;
};

/** @throws RingformerError 'bad-config' where `config` is of another architecture. */
export function checkLayout({ architecture }: VitConfig, { name }: Pick<Layout, 'name'>): void {
  if (architecture === name) return;
  throw new RingformerError(
    'bad-config',
    `[ringformer/vit] The configuration is of architecture '${architecture}', and it is to be used with '${name}'. Give the architecture '${architecture}': see @ringformer/vit/baselines.`,
  );
}
