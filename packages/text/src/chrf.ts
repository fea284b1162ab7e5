import { RingformerError } from '@ringformer/core/base';
import { SACREBLEU_VERSION } from './bleu.ts';
import { type Measure, sumRows } from './measure.ts';
import { type Counts, countMatches, countNgrams, sumCounts } from './ngrams.ts';
import { fixed, splitSpaces } from './python-text.ts';
import { alignReferences, type References } from './references.ts';

export type ChrfOptions = {
  /** n-grams of characters up to this order; 6 by default. */
  readonly charOrder?: number;
  /** n-grams of words up to this order: 0 for chrF (the default), 2 for chrF++. */
  readonly wordOrder?: number;
  /** How many times more recall counts than precision; 2 by default. */
  readonly beta?: number;
  readonly lowercase?: boolean;
  /** Counts white space as characters. */
  readonly whitespace?: boolean;
  /** Smooths as chrF++.py, Moses and NLTK do, instead of leaving out orders for which a text is too short. */
  readonly epsSmoothing?: boolean;
};

export type ChrfScore = {
  /** 'chrF2', 'chrF2++' … */
  readonly name: string;
  /** 0 to 100 */
  readonly score: number;
  /** What the figure depends on, in sacreBLEU's form. */
  readonly signature: string;
  /** The line that sacreBLEU prints; 2 digits by default. */
  format(digits?: number): string;
};

type Settings = Required<ChrfOptions>;
/** n-grams of the hypothesis, of the reference and in both, for one order. */
type OrderStats = readonly [hypothesis: number, reference: number, matches: number];

const EPS = 1e-16; // of chrF++.py, for a precision or recall of nothing
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/**
 * chrF of a corpus (Popović 2015; with `wordOrder` chrF++, Popović 2017), equal to sacreBLEU's. Throws `bad-argument` if
 * hypotheses and references differ in number, or for an impossible order.
 */
export function corpusChrf(
  hypotheses: readonly string[],
  references: References,
  options: ChrfOptions = {},
): ChrfScore {
  const { settings, rows, nrefs, scoreOf } = prepare(hypotheses, references, options);
  const { charOrder, wordOrder, beta, lowercase, whitespace, epsSmoothing } = settings;
  const score = scoreOf(sumRows(rows));
  const name = `chrF${beta}${'+'.repeat(wordOrder)}`;
  const signature =
    `nrefs:${nrefs}|case:${lowercase ? 'lc' : 'mixed'}|eff:${epsSmoothing ? 'no' : 'yes'}|nc:${charOrder}` +
    `|nw:${wordOrder}|space:${whitespace ? 'yes' : 'no'}|version:${SACREBLEU_VERSION}`;
  return { name, score, signature, format: (digits = 2) => `${name}|${signature} = ${fixed(score, digits)}` };
}

/** The same, sentence by sentence, for resampling. */
export function chrfMeasure(hypotheses: readonly string[], references: References, options: ChrfOptions = {}): Measure {
  const { rows, scoreOf } = prepare(hypotheses, references, options);
  return { rows, score: scoreOf };
}

/** Of each sentence and order: the n-grams of the hypothesis, of the reference and in both. */
function prepare(hypotheses: readonly string[], references: References, options: ChrfOptions) {
  const settings: Settings = {
    charOrder: options.charOrder ?? 6,
    wordOrder: options.wordOrder ?? 0,
    beta: options.beta ?? 2,
    lowercase: options.lowercase ?? false,
    whitespace: options.whitespace ?? false,
    epsSmoothing: options.epsSmoothing ?? false,
  };
  checkSettings(settings);
  const { lines, nrefs } = alignReferences(hypotheses, references);
  const rows = hypotheses.map((text, line) => bestStats(settings, text, lines[line] ?? []).flat());
  const scoreOf = (sums: readonly number[]) =>
    fScore(
      settings,
      Array.from({ length: sums.length / 3 }, (_, i): OrderStats => [sums[3 * i]!, sums[3 * i + 1]!, sums[3 * i + 2]!]),
    );
  return { settings, rows, nrefs, scoreOf };
}

/** chrF of one sentence with one or more references, as `corpusChrf`. */
export function sentenceChrf(
  hypothesis: string,
  references: string | readonly string[],
  options: ChrfOptions = {},
): ChrfScore {
  const streams = typeof references === 'string' ? [[references]] : references.map((reference) => [reference]);
  return corpusChrf([hypothesis], streams, options);
}

/** The counts against the reference that gives the sentence the highest F; the first one if several do. */
function bestStats(settings: Settings, hypothesis: string, references: readonly string[]): OrderStats[] {
  const ours = allNgrams(settings, hypothesis);
  let best: OrderStats[] = [];
  let bestScore = -1;
  for (const reference of references) {
    const theirs = allNgrams(settings, reference);
    const stats = ours.map((counts, i): OrderStats => {
      const other = theirs[i] as Counts;
      // an order that the reference is too short for does not count against the hypothesis
      return [other.size > 0 ? sumCounts(counts) : 0, sumCounts(other), countMatches(counts, other)];
    });
    const score = fScore(settings, stats);
    if (score > bestScore) [best, bestScore] = [stats, score];
  }
  return best;
}

/** Character n-grams of orders 1 to charOrder, then word n-grams of orders 1 to wordOrder. */
function allNgrams({ charOrder, wordOrder, lowercase, whitespace }: Settings, text: string): Counts[] {
  const cased = lowercase ? text.toLowerCase() : text;
  const chars = Array.from(whitespace ? cased : splitSpaces(cased).join(''));
  const words = wordOrder > 0 ? splitSpaces(cased).flatMap(partPunctuation) : [];
  return [
    ...Array.from({ length: charOrder }, (_, i) => countNgrams(chars, i + 1, '')),
    ...Array.from({ length: wordOrder }, (_, i) => countNgrams(words, i + 1, ' ')),
  ];
}

/** Splits one ASCII mark off the end of a word, or else off its start: '(hi)' becomes '(hi' and ')'. */
function partPunctuation(word: string): string[] {
  if (word.length === 1) return [word];
  if (PUNCTUATION.has(word.slice(-1))) return [word.slice(0, -1), word.slice(-1)];
  if (PUNCTUATION.has(word.charAt(0))) return [word.charAt(0), word.slice(1)];
  return [word];
}

/** F_beta in percent of the mean precision and recall over the orders that both texts have. */
function fScore({ beta, epsSmoothing }: Settings, stats: readonly OrderStats[]): number {
  const factor = beta ** 2;
  let smoothedSum = 0;
  let precisions = 0;
  let recalls = 0;
  let orders = 0;
  for (const [hypothesis, reference, matches] of stats) {
    const precision = hypothesis > 0 ? matches / hypothesis : EPS;
    const recall = reference > 0 ? matches / reference : EPS;
    const denominator = factor * precision + recall;
    smoothedSum += denominator > 0 ? ((1 + factor) * precision * recall) / denominator : EPS;
    if (hypothesis > 0 && reference > 0) {
      precisions += precision;
      recalls += recall;
      orders++;
    }
  }
  if (epsSmoothing) return (100 * smoothedSum) / stats.length;
  if (orders === 0 || precisions + recalls === 0) return 0;
  const [precision, recall] = [precisions / orders, recalls / orders];
  return (100 * ((1 + factor) * precision * recall)) / (factor * precision + recall);
}

function checkSettings({ charOrder, wordOrder, beta }: Settings): void {
  const isOrder = (order: number) => Number.isInteger(order) && order >= 0;
  if (isOrder(charOrder) && isOrder(wordOrder) && charOrder + wordOrder > 0 && beta > 0) return;
  throw new RingformerError(
    'bad-argument',
    '[ringformer/text] charOrder and wordOrder must be integers of 0 or more, not both 0, and beta above 0; ' +
      `got ${charOrder}, ${wordOrder} and ${beta}.`,
  );
}
