import { RingformerError } from '@ringformer/core/base';
import {
  asFragment,
  asSentence,
  cutText,
  type FindForeign,
  hourSpans,
  isInCapitals,
  isInLanguage,
  keepsNumbers,
  leadLength,
  numberSpans,
  type ProtectedSpan,
  protectedSpans,
  splitSentences,
  type Tokenizer,
  withoutCapitals,
  withTargetForms,
} from '@ringformer/text';
import { withRightHalves } from './halves.ts';
import type { TextWarning } from './options.ts';
import { rewritesOf } from './rewrites.ts';
import { apartFrom, joinSpans, moved, type Span, splitAt, without, withSpans } from './spans.ts';
import { insertStandIns } from './stand-ins.ts';

/** A piece of the output: text that stays as it is, or a sentence to translate. */
export type Part = string | Sentence;

export type Sentence = {
  /** As it stood in the text. */
  readonly written: string;
  /** What the model reads. It fits. */
  readonly source: string;
  /**
   * What the translation becomes in the output. Undefined if it is not usable, because spans or numbers are missing: then
   * `otherwise` is translated instead. With `anyNumbers` the numbers may be wrong.
   */
  readonly finish: (translation: string, anyNumbers?: boolean) => string | undefined;
  readonly otherwise?: () => Part[];
  /** It is translated because another translation had the numbers wrong. */
  readonly corrected?: true;
  /** The same for a translation that comes in pieces, if each piece can be finished by itself. */
  readonly each?: (piece: string) => string;
};

/** What the parts of a text depend on, besides the text. */
export type Planning = {
  readonly tokenizer: Tokenizer;
  /** The most tokens of a sentence, without bos and eos. */
  readonly room: number;
  /** Finds words in scripts that the model does not know. */
  readonly foreign: FindForeign;
  readonly from?: string;
  readonly to?: string;
  readonly strict?: boolean;
  /** Numbers may become wrong. */
  readonly raw?: boolean;
  /** Which text of a batch it is. */
  readonly at: number;
  readonly warn: (warning: Omit<TextWarning, 'text'>) => void;
};

const BREAKS = /(\r\n|[\n\r\v\f\u0085\u2028\u2029])/;
const lettersOf = (text: string) => text.match(/\p{L}/gu)?.length ?? 0;
const hasLetters = (text: string) => /\p{L}/u.test(text);

/**
 * The parts of a text, in order. Line breaks and the white space between sentences stay as they are; white space around lines
 * is dropped.
 * @throws RingformerError 'bad-text' with `strict`, for a sentence that is too long; its cause says where: `{ text, line }`.
 */
export function planText(text: string, planning: Planning): Part[] {
  const pieces = text.split(BREAKS);
  return joinKept(pieces.flatMap((piece, i) => (i % 2 === 1 ? [piece] : planLine(piece, i / 2 + 1, planning))));
}

function planLine(line: string, number: number, planning: Planning): Part[] {
  const spans = joinSpans(protectedSpans(line), planning.foreign(line));
  if (!hasLetters(line)) return [line.trim()];
  const shout = isInCapitals(without(line, spans));
  let at = line.length - line.trimStart().length;
  return splitSentences(line, { language: planning.from, spans }).flatMap(({ text, after }) => {
    const from = at;
    at += text.length + after.length;
    const own = spans
      .filter((span) => span.from >= from && span.to <= from + text.length)
      .map((span) => ({ ...span, from: span.from - from, to: span.to - from }));
    return [...planSentence(text, own, { shout, line: number, planning }), after];
  });
}

type Around = { readonly shout: boolean; readonly line: number; readonly planning: Planning };

function planSentence(asWritten: string, own: readonly ProtectedSpan[], { shout, line, planning }: Around): Part[] {
  const { tokenizer, from, to, warn } = planning;
  const words = without(asWritten, own);
  const foreign = planning.foreign(asWritten);
  const others = lettersOf(foreign.map((span) => asWritten.slice(span.from, span.to)).join(' '));
  const isForeign = others > 1 && others > 2 * lettersOf(words) && (words.match(/\p{L}+/gu)?.length ?? 0) < 2;
  if (isForeign) {
    const says = `A sentence is in a script that this model does not know and was left as it is: "${excerpt(asWritten)}".`;
    warn({ kind: 'language', line, message: says });
  }
  if (isForeign || !hasLetters(words)) return [asWritten];
  if (from !== undefined && to !== undefined && isInLanguage(words, to, from)) {
    const says = `A sentence is already in the target language (${to}) and was left as it is: "${excerpt(asWritten)}".`;
    warn({ kind: 'language', line, message: says });
    return [asWritten];
  }
  const capitals = isInCapitals(words) || (shout && !/(?!ß)\p{Ll}/u.test(words));
  const calm = (text: string) => (capitals ? withoutCapitals(text, tokenizer, from) : text);
  const loud = (text: string) => (capitals ? text.toUpperCase() : text);
  const { sentence, spans } = withHours(asWritten, own, planning);
  const lead = leadLength(sentence, from);
  const inner = spans.filter((span) => span.from >= lead);
  const parts: Part[] = [sentence.slice(0, lead)];
  const marks = inner.filter(({ as }) => as === 'mark');
  let at = lead;
  for (const mark of [...marks, { from: sentence.length, to: sentence.length }]) {
    const within = inner.filter((span) => span.as !== 'mark' && span.from >= at && span.to <= mark.from);
    const own = within.map((span) => ({ ...span, from: span.from - at, to: span.to - at }));
    const whole = at === lead && mark.from === sentence.length;
    parts.push(...planWords(sentence.slice(at, mark.from), own, whole), sentence.slice(mark.from, mark.to));
    at = mark.to;
  }
  return parts;

  /** Words with spans that stand for words; `last`: numbers are among these. */
  function planWords(text: string, spans: readonly Span[], whole: boolean, last = false): Part[] {
    const core = text.trim();
    if (!hasLetters(without(text, spans))) return [withSpans(text, spans)];
    const start = text.indexOf(core);
    const marks = whole ? '' : (/^[\s,;:.!?…–—)\]-]+/u.exec(core)?.[0] ?? ''); // a model may drop them, and words would touch
    if (marks !== '') {
      const from = start + marks.length;
      return [text.slice(0, start) + marks, ...planWords(text.slice(from), moved(spans, -from), false, last)];
    }
    const [before, after] = [text.slice(0, start), text.slice(start + core.length)];
    if (spans.length === 0) return [before, ...planFitting(core, whole), after];
    const own = moved(spans, -start);
    const standIns = insertStandIns(core, own, calm);
    const apart = () =>
      splitAt(core, own).flatMap((piece, i) =>
        i % 2 === 1 ? [own[(i - 1) / 2]?.text ?? piece] : planWords(piece, [], false, last),
      );
    const otherwise = numbered(core, own) && !last ? () => planWords(core, withNumbers(core, own), whole, true) : apart;
    if (!standIns || !fits(standIns.source)) return [before, ...apart(), after];
    const { source, restore } = standIns;
    const finish = (translation: string, anyNumbers?: boolean) => {
      const checked = withRightNumbers(source, translation, anyNumbers);
      return checked === undefined ? undefined : restore(fragment(source, checked, whole), loud);
    };
    const written = writtenOf(core, whole);
    return [before, { written, source, finish, otherwise, ...(last && { corrected: true }) }, after];
  }

  /** Words without spans, cut if they are too long. */
  function planFitting(text: string, whole: boolean): Part[] {
    const calmed = calm(text);
    if (fits(calmed)) return [sentenceOf(text, calmed, whole)];
    const cut = cutText(calmed, fits, from);
    const tokens = tokenizer.encode(calmed).length;
    const long = `A sentence of ${tokens} tokens is too long: this model reads at most ${planning.room}`;
    const where = `("${excerpt(text)}")`;
    if (planning.strict) {
      const cause = { text: planning.at, line };
      throw new RingformerError('bad-text', `[ringformer/seq2seq] ${long}. Split it ${where}.`, { cause });
    }
    warn({ kind: 'long', line, message: `${long}. It was translated in ${cut.length} parts ${where}.` });
    return cut.flatMap(({ text: source, after }): Part[] => {
      if (!hasLetters(source) || !fits(source)) return [loud(source), after];
      return [sentenceOf(source, source, false), after];
    });
  }

  /** A part, or the sentence as it stood in the text. */
  function writtenOf(text: string, whole: boolean): string {
    return whole && sentence !== asWritten ? asWritten.slice(leadLength(asWritten, from)).trim() : text;
  }

  function sentenceOf(text: string, source: string, whole: boolean): Sentence {
    const written = writtenOf(text, whole);
    const done = (translation: string) =>
      translation.trim() === '' ? text : loud(fragment(source, translation, whole)); // no sentence gets lost
    if (!numbered(source, [])) return { written, source, finish: done, ...(whole && { each: loud }) };
    const finish = (translation: string, anyNumbers?: boolean) => {
      const checked = withRightNumbers(source, translation, anyNumbers);
      return checked === undefined ? undefined : done(checked);
    };
    return { written, source, finish, otherwise: () => planWords(text, withNumbers(text, []), whole, true) };
  }

  /** Whether there are numbers that must be right. */
  function numbered(text: string, spans: readonly Span[]): boolean {
    return !planning.raw && /\d/.test(without(text, spans));
  }

  function withNumbers(text: string, spans: readonly Span[]): Span[] {
    return joinSpans(joinSpans(spans, hourSpans(text, from, to)), numberSpans(text, from, to));
  }

  function withRightNumbers(source: string, translation: string, anyNumbers = false): string | undefined {
    if (planning.raw || !/\d/.test(source)) return translation;
    if (!anyNumbers && !keepsNumbers(source, translation, { from, to })) return undefined;
    return withRightHalves(source, withTargetForms(source, translation, from, to), from, to);
  }

  function fragment(source: string, translation: string, whole: boolean): string {
    if (!whole) return asFragment(source, translation, to);
    return planning.raw ? translation : asSentence(source, translation);
  }

  function fits(text: string): boolean {
    return tokenizer.encode(text).length <= planning.room;
  }
}

/** A sentence with its hours as the target language counts them, and some abbreviations in words, and its spans where they are then. */
function withHours(text: string, spans: readonly ProtectedSpan[], { from, to, raw }: Planning) {
  const hours = apartFrom(spans, raw ? [] : rewritesOf(text, { from, to }));
  const grown = (at: number) =>
    hours.reduce((sum, hour) => (hour.to <= at ? sum + hour.text.length - (hour.to - hour.from) : sum), at);
  return {
    sentence: withSpans(text, hours),
    spans: spans.map((span) => ({ ...span, from: grown(span.from), to: grown(span.to) })),
  };
}

const excerpt = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** The same parts with texts that stay joined, and without empty ones. */
export function joinKept(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  return joined;
}
