import { RingformerError } from '@ringformer/core/base';
import { BLEU_TOKENIZERS, type BleuTokenize } from './bleu-tokenize.ts';
import { type Measure, sumRows } from './measure.ts';
import { type Counts, countMatches, countNgrams } from './ngrams.ts';
import { fixed, stripEnd } from './python-text.ts';
import { alignReferences, type References } from './references.ts';

/** The sacreBLEU version whose figures ours equal. */
export const SACREBLEU_VERSION = '2.6.0';

/** How n-grams that never match are smoothed; the names are sacreBLEU's. */
export type BleuSmooth = 'exp' | 'floor' | 'add-k' | 'none';

export type BleuOptions = {
  /** '13a' by default. */
  readonly tokenize?: BleuTokenize;
  readonly lowercase?: boolean;
  /** 'exp' by default. */
  readonly smooth?: BleuSmooth;
  /** For 'floor' (0.1 by default) and 'add-k' (1 by default). */
  readonly smoothValue?: number;
  /** Leaves out orders for which a text is too short. False for corpora by default, true for sentences. */
  readonly effectiveOrder?: boolean;
};

export type BleuScore = {
  readonly name: 'BLEU';
  /** 0 to 100 */
  readonly score: number;
  /** Of orders 1 to 4, in percent, after smoothing. */
  readonly precisions: readonly number[];
  /** n-grams of orders 1 to 4 that match, and all, before smoothing. */
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  /** Brevity penalty, 0 to 1. */
  readonly bp: number;
  /** sysLen / refLen, or 0 */
  readonly ratio: number;
  /** Words. */
  readonly sysLen: number;
  readonly refLen: number;
  /** What the figure depends on, in sacreBLEU's form. */
  readonly signature: string;
  /** The line that sacreBLEU prints; 2 digits by default. */
  format(digits?: number): string;
};

const ORDERS = [1, 2, 3, 4] as const;
const SMOOTH_VALUES: Readonly<Record<BleuSmooth, number | undefined>> = {
  exp: undefined,
  floor: 0.1,
  'add-k': 1,
  none: undefined,
};

type Stats = {
  readonly sysLen: number;
  readonly refLen: number;
  readonly counts: readonly number[];
  readonly totals: readonly number[];
};

/**
 * BLEU of a corpus (Papineni et al. 2002), equal to sacreBLEU's (Post 2018): detokenised text in, tokenised here.
 * Throws `bad-argument` if hypotheses and references differ in number, or for an unknown option.
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: References,
  options: BleuOptions = {},
): BleuScore {
  const { rows, scoreOf } = prepare(hypotheses, references, options);
  return scoreOf(sumRows(rows));
}

/** The same, sentence by sentence, for resampling. */
export function bleuMeasure(hypotheses: readonly string[], references: References, options: BleuOptions = {}): Measure {
  const { rows, scoreOf } = prepare(hypotheses, references, options);
  return { rows, score: (sums) => scoreOf(sums).score };
}

/** Of each sentence: its length and its reference's, then the n-grams that match and all, of orders 1 to 4. */
function prepare(hypotheses: readonly string[], references: References, options: BleuOptions) {
  const { tokenize = '13a', lowercase = false, smooth = 'exp', effectiveOrder = false } = options;
  if (!Object.hasOwn(BLEU_TOKENIZERS, tokenize)) refuse('tokenize', tokenize, Object.keys(BLEU_TOKENIZERS));
  if (!Object.hasOwn(SMOOTH_VALUES, smooth)) refuse('smooth', smooth, Object.keys(SMOOTH_VALUES));
  const smoothValue = SMOOTH_VALUES[smooth] === undefined ? undefined : (options.smoothValue ?? SMOOTH_VALUES[smooth]);
  const { lines, nrefs } = alignReferences(hypotheses, references);
  const words = (text: string) => BLEU_TOKENIZERS[tokenize](stripEnd(lowercase ? text.toLowerCase() : text));
  const smoothName = smoothValue === undefined ? smooth : `${smooth}[${fixed(smoothValue, 2)}]`;
  const signature =
    `nrefs:${nrefs}|case:${lowercase ? 'lc' : 'mixed'}|eff:${effectiveOrder ? 'yes' : 'no'}` +
    `|tok:${tokenize}|smooth:${smoothName}|version:${SACREBLEU_VERSION}`;
  return {
    rows: hypotheses.map((text, line) => sentenceRow(words(text), (lines[line] ?? []).map(words))),
    scoreOf([sysLen = 0, refLen = 0, ...ngrams]: readonly number[]): BleuScore {
      const stats = { sysLen, refLen, counts: ngrams.slice(0, 4), totals: ngrams.slice(4) };
      return makeScore(stats, signature, smooth, smoothValue ?? 0, effectiveOrder);
    },
  };
}

/** BLEU of one sentence with one or more references, as `corpusBleu`; orders it is too short for are left out by default. */
export function sentenceBleu(
  hypothesis: string,
  references: string | readonly string[],
  options: BleuOptions = {},
): BleuScore {
  const streams = typeof references === 'string' ? [[references]] : references.map((reference) => [reference]);
  return corpusBleu([hypothesis], streams, { effectiveOrder: true, ...options });
}

function sentenceRow(words: string[], references: string[][]): number[] {
  const counts = ORDERS.map((n) => {
    const [first = new Map(), ...others] = references.map((reference) => countNgrams(reference, n, ' '));
    return countMatches(countNgrams(words, n, ' '), others.reduce(maximum, first));
  });
  const totals = ORDERS.map((n) => Math.max(0, words.length - n + 1));
  return [words.length, closestLength(words.length, references), ...counts, ...totals];
}

/** Every n-gram, as often as in the reference that has it most often. */
function maximum(counts: Counts, other: Counts): Counts {
  for (const [ngram, count] of other) counts.set(ngram, Math.max(count, counts.get(ngram) ?? 0));
  return counts;
}

/** The length of the reference that is closest in length; the shorter of two that are equally close. */
function closestLength(length: number, references: string[][]): number {
  const lengths = references.map((reference) => reference.length);
  return lengths.reduce((best, each) => {
    const [near, far] = [Math.abs(each - length), Math.abs(best - length)];
    return near < far || (near === far && each < best) ? each : best;
  });
}

function makeScore(stats: Stats, signature: string, smooth: BleuSmooth, value: number, effective: boolean): BleuScore {
  const { sysLen, refLen, counts, totals } = stats;
  const bp = sysLen >= refLen ? 1 : sysLen === 0 ? 0 : Math.exp(1 - refLen / sysLen);
  const { precisions, order } = smoothed(counts, totals, smooth, value);
  const orders = effective ? order : ORDERS.length;
  const logs = precisions.slice(0, orders).reduce((sum, precision) => sum + Math.log(precision), 0);
  const score = counts.every((count) => count === 0) ? 0 : bp * Math.exp(logs / orders);
  const ratio = refLen === 0 ? 0 : sysLen / refLen;
  const format = (digits = 2) =>
    `BLEU|${signature} = ${fixed(score, digits)} ${precisions.map((precision) => fixed(precision, 1)).join('/')} ` +
    `(BP = ${fixed(bp, 3)} ratio = ${fixed(ratio, 3)} hyp_len = ${sysLen} ref_len = ${refLen})`;
  return { name: 'BLEU', score, precisions, counts, totals, bp, ratio, sysLen, refLen, signature, format };
}

/**
 * Precisions in percent, and the highest order that the text is long enough for. Chen and Cherry 2014: floor is their
 * method 1, add-k method 2, exp method 3. Without any match all are 0, smoothed or not (sacreBLEU #141).
 */
function smoothed(counts: readonly number[], totals: readonly number[], smooth: BleuSmooth, value: number) {
  const precisions = ORDERS.map(() => 0);
  let order = 0;
  let halves = 1;
  if (counts.every((count) => count === 0)) return { precisions, order };
  for (const n of ORDERS) {
    const added = smooth === 'add-k' && n > 1 ? value : 0;
    const count = counts[n - 1]! + added;
    const total = totals[n - 1]! + added;
    if (total === 0) break;
    order = n;
    if (count > 0) precisions[n - 1] = (100 * count) / total;
    else if (smooth === 'exp') {
      halves *= 2;
      precisions[n - 1] = 100 / (halves * total);
    } else if (smooth === 'floor') precisions[n - 1] = (100 * value) / total;
  }
  return { precisions, order };
}

function refuse(name: string, value: string, known: string[]): never {
  throw new RingformerError(
    'bad-argument',
    `[ringformer/text] ${name} is '${value}'; expected one of ${known.join(', ')}.`,
  );
}
