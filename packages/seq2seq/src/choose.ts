import { keepsNumbers, type Tokenizer } from '@ringformer/text';
import { confidenceOf, type Hypothesis } from './hypothesis.ts';
import { isBabble, isOneWord } from './one-word.ts';

/** A translation with the right numbers may be so much less likely, token by token, than the likeliest one. */
const NUMBERS_MARGIN = 0.5;

export type Found = { readonly hypothesis: Hypothesis; readonly text: string };

/**
 * The hypotheses of a sentence with the one to take first: the best one whose numbers are the source's, unless its
 * confidence is less than half the best one's. Without a choice, the order stays.
 */
export function withNumbersFirst(source: string, found: readonly Found[], languages: Languages = {}): readonly Found[] {
  const [best] = found;
  if (!best || !/\d/.test(source + best.text) || keepsNumbers(source, best.text, languages)) return found;
  const least = NUMBERS_MARGIN * confidenceOf(best.hypothesis);
  const right = found.find(
    ({ hypothesis, text }) => confidenceOf(hypothesis) >= least && keepsNumbers(source, text, languages),
  );
  if (!right) return found;
  const corrected = { ...right, hypothesis: { ...right.hypothesis, corrected: true as const } };
  return [corrected, ...found.filter((each) => each !== right)];
}

const BROKEN = '\ufffd';

/** The hypotheses of a sentence, those last that have bytes which are no characters, unless the source has such too. */
export function withBrokenLast(source: string, found: readonly Found[]): readonly Found[] {
  const isBroken = ({ text }: Found) => text.includes(BROKEN);
  if (source.includes(BROKEN) || !found.some(isBroken)) return found;
  return [...found.filter((each) => !isBroken(each)), ...found.filter(isBroken)];
}

/** For one word: the best hypothesis that isn't babble, or else undefined. For anything longer the best one. */
export function unlessBabble(source: string, found: readonly Found[]): Found | undefined {
  if (!isOneWord(source)) return found[0];
  return found.find(({ hypothesis, text }) => !isBabble(source, text, confidenceOf(hypothesis)));
}

type Languages = { readonly from?: string; readonly to?: string };

export type Choosing = {
  readonly tokenizer: Tokenizer;
  readonly source: string;
  readonly ids: readonly number[];
  /** A word that the model makes babble of comes back as it is. */
  readonly words: boolean;
  readonly languages: Languages;
};

/** The hypotheses of a sentence, the one to take first. */
export function choose(found: Hypothesis[], { tokenizer, source, ids, words, languages }: Choosing): Hypothesis[] {
  const read = found.map((hypothesis): Found => ({ hypothesis, text: tokenizer.decode(hypothesis.tokens) }));
  const ordered = withNumbersFirst(source, withBrokenLast(source, read), languages);
  const order = ordered.map(({ hypothesis }) => hypothesis);
  const best = ordered[0];
  if (!words || !best) return order;
  const asItIs = { ...best.hypothesis, tokens: ids.slice(1, -1), unknown: true as const };
  const first = unlessBabble(source, ordered)?.hypothesis ?? asItIs;
  return [first, ...order.filter((hypothesis) => hypothesis !== first)];
}
