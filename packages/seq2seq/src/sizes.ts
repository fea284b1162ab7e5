import { RingformerError } from '@ringformer/core/base';
import { type Seq2seqConfig, seq2seqConfig } from './config.ts';

/** A named size of the authors' translation models. */
export type Seq2seqSizeName = 'small' | 'base' | 'big';

const SIZES = {
  small: { dim: 256, mlpDim: 1024 },
  base: { dim: 512, mlpDim: 2048 },
  big: { dim: 1024, mlpDim: 4096 },
} as const satisfies Record<Seq2seqSizeName, Partial<Seq2seqConfig>>;

/** The names of all sizes. */
export const seq2seqSizeNames: readonly Seq2seqSizeName[] = ['small', 'base', 'big'];

/**
 * The configuration of one of the authors' translation models, all of them with 8 heads and 6+6 levels: `base`, the one that
 * they ship (d 512, ffn 2048), or half or twice as wide. `seq2seqSize('base', { sourceVocab: 50_000, targetVocab: 50_000 })`.
 * @throws RingformerError 'bad-config' if there is no such size.
 */
export function seq2seqSize(
  name: Seq2seqSizeName,
  given: Pick<Seq2seqConfig, 'sourceVocab' | 'targetVocab'> & Partial<Seq2seqConfig>,
): Seq2seqConfig {
  if (seq2seqSizeNames.includes(name)) return seq2seqConfig({ ...SIZES[name], ...given });
  throw new RingformerError(
    'bad-config',
    `[ringformer/seq2seq] There is no size '${name}'; expected one of ${seq2seqSizeNames.join(', ')}.`,
  );
}
