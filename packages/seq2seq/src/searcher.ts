import { checkOptions, checkWhole, isRecord, kindOf, RingformerError, saidOf } from '@ringformer/core/base';
import type { Tokenizer } from '@ringformer/text';
import { beamSearch } from './beam.ts';
import { mostOften } from './brake.ts';
import type { Seq2seqConfig } from './config.ts';
import { greedySearch } from './greedy.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { EngineSeq2seq, Levels } from './inference.ts';
import type { TranslateOptions } from './options.ts';
import { type Segment, segmentText } from './segment.ts';

const WHERE = '[ringformer/seq2seq]';

/** More beams find nothing better, and soon need more memory than there is. */
const MAX_BEAMS = 256;
const MAX_PENALTY = 10;

/** A longer text is refused: it is probably a file, to be translated line by line. */
const MAX_CHARACTERS = 20_000;

/** A model and its tokenizer, ready to search: the basis of every method of a translator. */
export type Searcher = {
  readonly tokenizer: Tokenizer;
  /** The parts of a text, each translated separately. @throws RingformerError 'bad-argument', 'bad-text' */
  segments(text: string): Segment[];
  /** A sentence's tokens between bos and eos. @throws RingformerError 'bad-text' if it is too long. */
  ids(text: string): number[];
  /** Up to `beams` hypotheses for each source, best first. With one beam and no `scores`, their scores are NaN. */
  search(
    sources: readonly (readonly number[])[],
    options: TranslateOptions,
    also?: { readonly scores?: boolean; onToken?(token: number): void },
  ): Promise<Hypothesis[][]>;
};

export function searcher(config: Seq2seqConfig, tokenizer: Tokenizer, model: EngineSeq2seq): Searcher {
  const { padId, bosId, eosId, maxLength: most, targetVocab } = config;
  const room = most - 2; // bos and eos
  // A table may be larger than the vocabulary: its last rows belong to no text.
  const spare = Array.from(
    { length: Math.max(0, targetVocab - tokenizer.vocabSize) },
    (_, i) => tokenizer.vocabSize + i,
  );
  const banned = [padId, bosId, ...spare];
  return {
    tokenizer,
    segments(text) {
      checkText(text);
      return segmentText(text, (part) => tokenizer.encode(part).length <= room);
    },
    ids(text) {
      const ids = tokenizer.encode(text);
      if (ids.length <= room) return [bosId, ...ids, eosId];
      throw new RingformerError(
        'bad-text',
        `[ringformer/seq2seq] A sentence of ${ids.length} tokens is too long: this model reads at most ${room}. Split it ("${text.slice(0, 40)}…").`,
      );
    },
    async search(
      sources,
      { beams = 4, lengthPenalty = 1, maxLength, levels, signal },
      { scores = false, onToken } = {},
    ) {
      checkWhole(WHERE, 'beams', beams, 1, MAX_BEAMS);
      if (maxLength !== undefined) checkWhole(WHERE, 'maxLength', maxLength, 1);
      if (!(Number.isFinite(lengthPenalty) && lengthPenalty >= 0 && lengthPenalty <= MAX_PENALTY)) {
        throw new RingformerError(
          'bad-argument',
          `${WHERE} lengthPenalty is ${saidOf(lengthPenalty)}; expected a number from 0 to ${MAX_PENALTY}.`,
        );
      }
      signal?.throwIfAborted();
      const limits = sources.map((ids) => Math.min(maxLength ?? 2 * ids.length + 10, most - 1));
      const decoding = model.open(sources, {
        rows: beams * sources.length,
        banned,
        levels: levelsOf(config, levels),
        scores: scores || beams > 1,
      });
      const ends = { startId: bosId, endId: eosId, limits, signal };
      if (beams > 1) return beamSearch(decoding, { ...ends, beams, lengthPenalty });
      const found = await greedySearch(decoding, { ...ends, onToken: (_, token) => onToken?.(token) });
      return found.map((hypothesis) => [hypothesis]);
    },
  };
}

/** @throws RingformerError 'bad-argument' if it is not a text, 'bad-text' if it is too long. */
export function checkText(text: string, what?: string): void {
  if (typeof text !== 'string') {
    const hint = Array.isArray(text) ? ' Use translateBatch for several texts.' : '';
    throw new RingformerError(
      'bad-argument',
      `${WHERE} ${what ? `${what}: expected` : 'Expected'} a text, got ${kindOf(text)}.${hint}`,
    );
  }
  if (text.length <= MAX_CHARACTERS) return;
  throw new RingformerError(
    'bad-text',
    `[ringformer/seq2seq] A text of ${text.length} characters is too long: at most ${MAX_CHARACTERS} can be translated at once. Split it into lines.`,
  );
}

/** @throws RingformerError 'bad-argument' if the model does not have that many levels. */
function levelsOf(config: Seq2seqConfig, levels: TranslateOptions['levels']): Levels {
  const both = isRecord(levels) ? (levels as Levels) : { encoder: levels, decoder: levels };
  if (both === levels) checkOptions(`${WHERE} levels`, levels, ['encoder', 'decoder']);
  for (const side of ['encoder', 'decoder'] as const) {
    const most = config[`${side}Levels`];
    const given = both[side];
    if (given === undefined || (Number.isSafeInteger(given) && given >= 1 && given <= most)) continue;
    throw new RingformerError(
      'bad-argument',
      `${WHERE} levels is ${saidOf(given)} for the ${side}, which has ${most}. Give a whole number from 1 to ${most}.`,
    );
  }
  return both;
}
