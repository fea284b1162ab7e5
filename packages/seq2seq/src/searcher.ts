import { checkOptions, checkWhole, isRecord, RingformerError, saidOf } from '@ringformer/core/base';
import type { FindForeign, Tokenizer } from '@ringformer/text';
import { beamSearch } from './beam.ts';
import { type Brake, type Guard, mostOften } from './brake.ts';
import { checkText } from './check-text.ts';
import type { Seq2seqConfig } from './config.ts';
import { greedySearch } from './greedy.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { EngineSeq2seq, Levels } from './inference.ts';
import { languagesOf } from './languages.ts';
import { loadTexts } from './load-texts.ts';
import type { DigitTokens } from './number-guard.ts';
import type { TextWarning, TranslateOptions } from './options.ts';
import type { Searcher } from './ready.ts';

const WHERE = '[ringformer/seq2seq]';

/** More beams find nothing better, and soon need more memory than there is. */
const MAX_BEAMS = 256;
const MAX_PENALTY = 10;

export function searcher(config: Seq2seqConfig, tokenizer: Tokenizer, model: EngineSeq2seq): Searcher {
  const { padId, bosId, eosId, maxLength: most, targetVocab } = config;
  const room = most - 2; // bos and eos
  // A table may be larger than the vocabulary: its last rows belong to no text.
  const spare = Array.from(
    { length: Math.max(0, targetVocab - tokenizer.vocabSize) },
    (_, i) => tokenizer.vocabSize + i,
  );
  const banned = [padId, bosId, ...spare];
  const words = new Map<number, boolean>();
  const isWord = (token: number) => {
    const known = words.get(token) ?? /^(\p{L}{2,}) \1$/u.test(tokenizer.decode([token, token]).trim());
    words.set(token, known);
    return known;
  };
  let foreign: FindForeign | undefined;
  let digits: DigitTokens | undefined;
  return {
    tokenizer,
    async parts(texts, options) {
      const { foreignFinder, planText } = await loadTexts();
      const { strict = false, raw = false, onWarning = warnOnConsole } = options;
      foreign ??= foreignFinder(tokenizer);
      const planning = { tokenizer, room, foreign, ...languagesOf(config, options), strict, raw };
      return Array.from(texts, (text, at) => {
        // holes too
        checkText(text);
        if (typeof strict !== 'boolean') {
          throw new RingformerError('bad-argument', `${WHERE} strict is ${saidOf(strict)}; expected true or false.`);
        }
        const warn = (warning: Omit<TextWarning, 'text'>) => onWarning({ ...warning, text: at });
        return planText(text, { ...planning, at, warn });
      });
    },
    ids: (source) => [bosId, ...tokenizer.encode(source), eosId],
    async search(sources, options, { scores = false, words = true, onToken } = {}) {
      const { beams = 4, maxLength, levels, signal, raw = false } = options;
      const { lengthPenalty = config.lengthPenalty ?? 1, noRepeat } = options;
      checkSearch({ ...options, beams, lengthPenalty, raw });
      signal?.throwIfAborted();
      const { choose, digitTokensOf, isOneWord, mendNumbers, mendWords } = await loadTexts();
      const texts = raw ? [] : sources.map((ids) => tokenizer.decode(ids.slice(1, -1)));
      const judged = words && texts.some(isOneWord); // by their confidence
      const languages = languagesOf(config, options);
      const numbered = texts.map((text) => /\d/.test(text));
      const onEach = judged || numbered.some(Boolean) ? undefined : onToken;
      const found = await run(sources);
      if (raw) return found;
      const chosen = found.map((hypotheses, i) =>
        choose(hypotheses, { tokenizer, source: texts[i] as string, ids: sources[i] as number[], words, languages }),
      );
      if (numbered.some(Boolean)) {
        digits ??= digitTokensOf(tokenizer);
        const again = (which: readonly number[], guards: readonly Guard[]) =>
          run(
            which.map((i) => sources[i] as number[]),
            guards,
          );
        await mendNumbers(chosen, { tokenizer, digits, texts, languages, most: beams, again });
      }
      if (judged) {
        const again = (given: readonly string[]) => run(given.map((text) => [bosId, ...tokenizer.encode(text), eosId]));
        await mendWords(chosen, { tokenizer, texts, most: beams, again });
      }
      if (!onEach) for (const token of chosen[0]?.[0]?.tokens ?? []) onToken?.(token);
      return chosen;

      async function run(given: readonly (readonly number[])[], guards?: readonly Guard[]): Promise<Hypothesis[][]> {
        const decoding = model.open(given, {
          rows: beams * given.length,
          banned,
          levels: levelsOf(config, levels),
          scores: scores || judged || numbered.some(Boolean) || beams > 1,
        });
        const free = guards && digits?.digits;
        const brakes = given.map((ids) => brakeOf(ids, noRepeat, isWord, free));
        const limits = given.map((ids) => Math.min(maxLength ?? 2 * ids.length + 10, most - 1));
        const ends = { startId: bosId, endId: eosId, limits, lengthPenalty, brakes, guards, signal };
        if (beams > 1) return beamSearch(decoding, { ...ends, beams });
        return (await greedySearch(decoding, { ...ends, onToken: (_, token) => onEach?.(token) })).map((best) => [
          best,
        ]);
      }
    },
  };
}

/** Sources of up to this many tokens are so short that a good translation hardly has the same two tokens twice. */
const SHORT = 16;

/** What the source itself repeats, a translation may repeat as often. */
function brakeOf(
  ids: readonly number[],
  noRepeat: number | undefined,
  isWord: (token: number) => boolean,
  free: Brake['free'],
): Brake | undefined {
  if (noRepeat === 0) return undefined;
  const n = noRepeat ?? (ids.length - 2 <= SHORT ? 2 : 3);
  const doubled = ids.some((token, i) => token === ids[i + 1]);
  return { n, times: mostOften(ids, Math.min(n, 2)), ...(free && { free }), ...(doubled ? {} : { isWord }) };
}

/** @throws RingformerError 'bad-argument' */
function checkSearch(options: TranslateOptions & Required<Pick<TranslateOptions, 'lengthPenalty' | 'raw'>>): void {
  const { beams, maxLength, noRepeat, lengthPenalty, raw } = options;
  checkWhole(WHERE, 'beams', beams, 1, MAX_BEAMS);
  if (maxLength !== undefined) checkWhole(WHERE, 'maxLength', maxLength, 1);
  if (noRepeat !== undefined) checkWhole(WHERE, 'noRepeat', noRepeat, 0);
  if (typeof raw !== 'boolean') {
    throw new RingformerError('bad-argument', `${WHERE} raw is ${saidOf(raw)}; expected true or false.`);
  }
  if (Number.isFinite(lengthPenalty) && lengthPenalty >= 0 && lengthPenalty <= MAX_PENALTY) return;
  throw new RingformerError(
    'bad-argument',
    `${WHERE} lengthPenalty is ${saidOf(lengthPenalty)}; expected a number from 0 to ${MAX_PENALTY}.`,
  );
}

const warnOnConsole = ({ text, line, message }: TextWarning) =>
  console.warn(`${WHERE} Text ${text + 1}, line ${line}: ${message}`);

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
