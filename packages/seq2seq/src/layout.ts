import { type NameTable, RingformerError, type SpecOf } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import type { AnyParams } from './params.ts';

/** A table that the authors' state_dict holds and we compute: checked when it is imported, written when exported. */
export type FixedTable = {
  /** The authors' name. */
  readonly name: string;
  /** As exported; an imported one may be longer. */
  readonly shape: readonly number[];
  fill(shape: readonly number[]): Float32Array;
  /** Nothing reads it, so that any numbers may stand there. */
  readonly unread?: boolean;
};

/** What is known of an architecture without computing: its parameters, and what the authors call them. */
export type Layout<P extends AnyParams = AnyParams> = {
  /** As in `Seq2seqConfig.architecture`. */
  readonly name: string;
  /** Shapes and initialisation of every parameter. */
  spec(config: Seq2seqConfig): SpecOf<P>;
  /** Our names beside those of the authors' PyTorch state_dict. */
  readonly names: NameTable;
  tables(config: Seq2seqConfig): readonly FixedTable[];
};

/** @throws RingformerError 'bad-config' where `config` is of another architecture. */
export function checkLayout({ architecture }: Seq2seqConfig, { name }: Pick<Layout, 'name'>): void {
  if (architecture === name) return;
  throw new RingformerError(
    'bad-config',
    `[ringformer/seq2seq] The configuration is of architecture '${architecture}', and it is to be used with '${name}'. Give the architecture '${architecture}': see @ringformer/seq2seq/baselines.`,
  );
}
