import { ARCHITECTURES } from '../../architecture.ts';
import type { Entries } from '../entries.ts';
import { COMMON, type CommonSettings } from '../settings.ts';

/** The settings of a translation run. */
export type TranslationSettings = CommonSettings & {
  source: string;
  target: string;
  mixture: string;
  bpeDropout: number;
  validSource: string;
  validTarget: string;
  from: string;
  to: string;
  vocab: number;
  architecture: (typeof ARCHITECTURES)[number];
  dim: number;
  mlpDim: number;
  heads: number;
  encoderLevels: number;
  decoderLevels: number;
  rank: number;
  maxLength: number;
  tie: 'none' | 'output' | 'all';
  batchTokens: number;
  batchSentences: number;
  tooLong: 'leave-out' | 'cut';
  evaluateSentences: number;
};

export const TRANSLATION_SETTINGS: Entries<TranslationSettings> = {
  source: { default: '', path: true, optional: true, says: 'source text, one sentence per line' },
  target: { default: '', path: true, optional: true, says: 'target text: line N translates line N of the source' },
  mixture: { default: '', path: true, optional: true, says: 'JSON file of several such pairs, instead of one' },
  bpeDropout: { default: 0, says: 'share of merges skipped at random in source words (BPE dropout)' },
  validSource: { default: '', path: true, says: 'source text for evaluation' },
  validTarget: { default: '', path: true, says: 'target text for evaluation' },
  from: { default: '', optional: true, says: 'language of the source text, such as de' },
  to: { default: '', optional: true, says: 'language of the target text' },
  vocab: { default: 8000, says: 'tokens in the joint vocabulary' },
  architecture: { default: 'ring', says: 'the ring or a baseline', choices: ARCHITECTURES },
  dim: { default: 256, says: 'width d' },
  mlpDim: { default: 1024, says: 'feed-forward width' },
  heads: { default: 8, says: 'attention heads' },
  encoderLevels: { default: 6, says: 'passes of the encoder block' },
  decoderLevels: { default: 6, says: 'passes of the decoder block' },
  rank: { default: 16, says: 'rank of the level signals' },
  maxLength: { default: 128, says: 'longest sentence, in tokens' },
  tie: { default: 'all', says: 'which embeddings are shared', choices: ['none', 'output', 'all'] },
  batchTokens: { default: 1024, says: 'tokens per batch, with padding' },
  batchSentences: { default: 0, says: 'most sentences per batch; 0: as many as fit' },
  tooLong: {
    default: 'leave-out',
    says: 'what to do with pairs longer than max-length: leave them out, or cut their ends off as the authors do',
    choices: ['leave-out', 'cut'],
  },
  ...COMMON,
  evaluateSentences: { default: 200, says: 'sentences translated for BLEU at each evaluation' },
};
