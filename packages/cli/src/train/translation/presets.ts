import { type Seq2seqSizeName, seq2seqSize, seq2seqSizeNames } from '@ringformer/seq2seq/engine';
import { PAPER } from '../paper.ts';
import type { Presets } from '../presets.ts';
import type { TranslationSettings } from './settings.ts';

/**
 * The authors' recipe: 1,024 sentences an update in batches of 32, cut at 50 tokens; 85,000 updates, the first 8,500 of them
 * warm-up (they write 170,000 and 17,000: with two processes their schedule advances by two); early stopping after 30 epochs.
 */
const PAPER_TRANSLATION = {
  ...PAPER,
  batchSentences: 32,
  batchTokens: 1600,
  accumulate: 32,
  maxLength: 50,
  tooLong: 'cut',
  tie: 'none',
  bpeDropout: 0,
  lr: 7e-4,
  steps: 85_000,
  warmup: 8500,
  l2: 0,
  patience: 30,
  evaluateSentences: 3000,
  seed: 999,
} as const satisfies Partial<TranslationSettings>;

export const TRANSLATION_PRESETS: Presets = {
  size: {
    says: "one of the paper's sizes: widths, heads, levels and rank",
    choices: seq2seqSizeNames,
    expand(name, architecture) {
      const sizes = { architecture, sourceVocab: 4, targetVocab: 4 };
      const { dim, mlpDim, heads, encoderLevels, decoderLevels, rank } = seq2seqSize(name as Seq2seqSizeName, sizes);
      return { dim, mlpDim, heads, encoderLevels, decoderLevels, rank };
    },
  },
  recipe: {
    says: 'train as the authors do: optimiser, schedule, batches, loss and initialisation; other flags override it',
    choices: ['paper'],
    expand: () => PAPER_TRANSLATION,
  },
};
