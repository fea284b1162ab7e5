import { allLanguages, languageData } from './languages/language.ts';
import type { Sentence } from './sentences.ts';

const SHORTEST = 0.2; // of the text: a part that is shorter is not worth a better place to cut

/**
 * Cuts a sentence into parts that fit: after clauses, else before conjunctions, else between words, else between characters
 * as readers see them (graphemes). Parts are of similar length. The texts and what is after them are the sentence, without
 * the white space at its two ends. A part that cannot be cut stays whole even if it does not fit.
 */
export function cutText(text: string, fits: (text: string) => boolean, language?: string): Sentence[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (fits(trimmed)) return [{ text: trimmed, after: '' }];
  const place = placeToCut(trimmed, language);
  if (place === 0) return [{ text: trimmed, after: '' }];
  const at = place + trimmed.slice(place).search(/\S/);
  const left = trimmed.slice(0, at);
  const after = left.slice(left.trimEnd().length);
  const parts = cutText(left, fits, language);
  const last = parts.pop();
  return [...parts, ...(last ? [{ ...last, after }] : []), ...cutText(trimmed.slice(at), fits, language)];
}

/** Where the second half begins; 0 if the text is a single character. */
function placeToCut(text: string, language: string | undefined): number {
  const middle = text.length / 2;
  const nearest = (places: Iterable<number>): number => {
    let best = 0;
    for (const at of places) {
      if (at > 0 && at < text.length && Math.abs(at - middle) < Math.abs(best - middle)) best = at;
    }
    return best;
  };
  const inside = (at: number) => at >= SHORTEST * text.length && at <= (1 - SHORTEST) * text.length;
  for (const pattern of [/[;:]["“”»«)]*\s+/gu, /[,–—…]["“”»«)]*\s+|\s+(?=[–—(])/gu, conjunctions(language), /\s+/gu]) {
    const at = nearest(Array.from(text.matchAll(pattern), ({ index, 0: match }) => index + match.length));
    if (inside(at)) return at;
  }
  if (text.length > 4096) return boundaryNear(text, Math.floor(middle));
  return nearest(Array.from(graphemes.segment(text), ({ index }) => index));
}

/** The grapheme boundary at or before a place, without looking at all of a very long text. */
function boundaryNear(text: string, at: number): number {
  const from = Math.max(0, at - 1024);
  const { index } = graphemes.segment(text.slice(from, at + 1024)).containing(at - from) ?? { index: at - from };
  return from + index;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function conjunctions(language: string | undefined): RegExp {
  const data = languageData(language);
  const words = (data ? [data] : allLanguages).flatMap((one) => one.conjunctions.split(' '));
  return new RegExp(`\\s+(?=(?:${words.join('|')})\\s)`, 'giu');
}
