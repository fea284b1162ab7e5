import { RingformerError } from '@ringformer/core/base';
import { type Counts, countMatches, countNgrams } from './ngrams.ts';

/** Sentences as tokens, for example `tokenizer.tokens(ids)`. */
export type TokenLines = readonly (readonly string[])[];

const BETWEEN = '\u0000'; // no token contains it

/**
 * BLEU on tokens as they are, from 0 to 1: the RingFormer authors' score, which is NLTK's `corpus_bleu` with smoothing
 * method 3 (Chen and Cherry 2014) and one reference. Not comparable with `corpusBleu`: word pieces count as words. Throws
 * `bad-argument` if hypotheses and references differ in number.
 */
export function tokenBleu(hypotheses: TokenLines, references: TokenLines, maxOrder = 4): number {
  checkLines(hypotheses, references);
  const lengths = [totalLength(hypotheses), totalLength(references)] as const;
  let logs = 0;
  let zeros = 0;
  for (let n = 1; n <= maxOrder; n++) {
    let matches = 0;
    let total = 0;
    hypotheses.forEach((hypothesis, i) => {
      matches += countMatches(count(hypothesis, n), count(references[i] ?? [], n));
      total += Math.max(1, hypothesis.length - n + 1); // NLTK counts one n-gram even if there is none
    });
    if (n === 1 && matches === 0) return 0;
    logs += Math.log(matches > 0 ? matches / total : 1 / (2 ** ++zeros * total));
  }
  const penalty = lengths[0] > lengths[1] ? 1 : Math.exp(1 - lengths[1] / lengths[0]);
  return penalty * Math.exp(logs / maxOrder);
}

/**
 * NIST on tokens as they are (Doddington 2002), as NLTK's `corpus_nist` with one reference: matches count by their
 * information, log2 of how rarely the last word follows the ones before it in the references. 0 or more; higher is better.
 * Throws `bad-argument` if hypotheses and references differ in number.
 */
export function tokenNist(hypotheses: TokenLines, references: TokenLines, maxOrder = 5): number {
  checkLines(hypotheses, references);
  const lengths = [totalLength(hypotheses), totalLength(references)] as const;
  let score = 0;
  let shorter: Counts = new Map(); // of order n − 1, in all references
  for (let n = 1; n <= maxOrder; n++) {
    const all: Counts = new Map();
    for (const reference of references) {
      for (const [ngram, times] of count(reference, n)) all.set(ngram, (all.get(ngram) ?? 0) + times);
    }
    let gained = 0;
    let total = 0;
    hypotheses.forEach((hypothesis, i) => {
      const theirs = count(references[i] ?? [], n);
      for (const [ngram, times] of count(hypothesis, n)) {
        total += times;
        const matches = Math.min(times, theirs.get(ngram) ?? 0);
        const before = n === 1 ? lengths[1] : (shorter.get(ngram.slice(0, ngram.lastIndexOf(BETWEEN))) as number);
        if (matches > 0) gained += matches * Math.log2(before / (all.get(ngram) as number));
      }
    });
    if (total > 0) score += gained / total;
    shorter = all;
  }
  return score * nistPenalty(lengths[0] / lengths[1]);
}

/** One half if the hypotheses are two thirds as long as the references; 1 if they are at least as long. */
function nistPenalty(ratio: number): number {
  if (ratio <= 0 || ratio >= 1) return Math.min(Math.max(ratio, 0), 1);
  return Math.exp((Math.log(0.5) / Math.log(1.5) ** 2) * Math.log(ratio) ** 2);
}

function count(tokens: readonly string[], n: number): Counts {
  return countNgrams(tokens, n, BETWEEN);
}

function totalLength(lines: TokenLines): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}

function checkLines(hypotheses: TokenLines, references: TokenLines): void {
  if (hypotheses.length === references.length && hypotheses.length > 0) return;
  const message = `There are ${hypotheses.length} hypotheses and ${references.length} references; each needs one.`;
  throw new RingformerError('bad-argument', `[ringformer/text] ${message}`);
}
