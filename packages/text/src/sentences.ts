import { allLanguages, type LanguageData, languageData } from './languages/language.ts';

/** A sentence, and the white space between it and the next one, exactly as it stood. */
export type Sentence = { readonly text: string; readonly after: string };

/** From and to, in UTF-16 units. */
export type Span = { readonly from: number; readonly to: number };

export type SentenceOptions = {
  /** The language's tag, such as 'de'. Without one, or if nothing is known of it, the abbreviations of all languages hold. */
  readonly language?: string;
  /** Parts in which no sentence ends, in order: addresses, code and the like (`protectedSpans`). */
  readonly spans?: readonly Span[];
};

const MARKS = '.!?…。！？';
const CLOSERS = '["\'”“’‘»«›‹\\)\\]}]';
/** Marks and what closes a quotation, beginning with a mark: of a run of marks, only from its first, so that long runs take no time. */
const END = new RegExp(`(?<![${MARKS}]${CLOSERS}{0,3})[${MARKS}](?:[${MARKS}]|${CLOSERS})*`, 'u');
/** An end with white space after it; or without, where a capital follows a word: 'müde.Ich gehe'. */
const CANDIDATE = new RegExp(
  `${END.source}\\p{Cf}*\\s+|(?<=\\p{L}\\p{Ll})[.!?…]+(?=\\p{Lu}(?:\\p{Ll}|\\s))|(?<=\\p{L}\\p{M}?)[!?]+(?=\\p{Lu})`,
  'gu',
);
const TAIL = new RegExp(`([${MARKS}]+)(${CLOSERS}*)$`, 'u');
const OPENERS = /^[\s"'“„‚‘»«›‹([{¿¡–—-]+/u;
const CONTEXT = 60; // characters before and after a full stop that decide about it

/**
 * The sentences of a line: at the ends that Unicode finds (UAX #29) and at full stops before small letters, except after
 * abbreviations, initials and ordinals of the language. Nothing is lost: the texts and what is after them are the line,
 * without the white space at its two ends.
 */
export function splitSentences(line: string, { language, spans = [] }: SentenceOptions = {}): Sentence[] {
  const trimmed = line.trim();
  if (trimmed === '') return [];
  const start = line.indexOf(trimmed);
  const inSpan = (at: number) => spans.some(({ from, to }) => from < at + start && at + start < to);
  const rules = rulesOf(language);
  const cuts = [...candidates(trimmed, language)]
    .filter((at) => !inSpan(at) && endsHere(trimmed.slice(0, at), trimmed.slice(at), rules))
    .sort((a, b) => a - b);
  const sentences: Sentence[] = [];
  let from = 0;
  for (const to of [...cuts, trimmed.length]) {
    const piece = trimmed.slice(from, to);
    const text = piece.trimEnd();
    sentences.push({ text, after: piece.slice(text.length) });
    from = to;
  }
  return sentences;
}

/** Where a sentence may end: the first character of the next one. */
function candidates(line: string, language: string | undefined): Set<number> {
  const found = new Set<number>();
  const add = (at: number) => found.add(at + line.slice(at).search(/\S/));
  for (const { index } of segmenter(language).segment(line)) if (index > 0) add(index);
  for (const { index, 0: end } of line.matchAll(CANDIDATE))
    if (index + end.length < line.length) add(index + end.length);
  return found;
}

const segmenters = new Map<string | undefined, Intl.Segmenter>();
function segmenter(language: string | undefined): Intl.Segmenter {
  const known = segmenters.get(language);
  if (known) return known;
  const made = new Intl.Segmenter(languageData(language) && language, { granularity: 'sentence' });
  segmenters.set(language, made);
  return made;
}

/** Whether a sentence ends between two parts of a line. */
function endsHere(left: string, right: string, rules: Rules): boolean {
  const before = plain(left.slice(-CONTEXT)).trimEnd();
  const after = plain(right.slice(0, CONTEXT));
  const [, marks = '', closers = ''] = TAIL.exec(before) ?? [];
  if (marks === '') return true; // in a script with other full stops
  if (/^[,;:.!?)\]]/.test(after)) return false;
  const next = after.replace(OPENERS, '');
  const small = /^\p{Ll}/u.test(next);
  if (marks !== '.') return !small || (closers === '' && /[!?。！？]/.test(marks));
  return closers === '' ? fullStopEnds(before.slice(0, -1), next, small, rules) : !small;
}

/** All there is of a sentence before 'p.m.': 'At 5 p.m. I left' goes on. */
const BEGINS_WITH_A_TIME =
  /(?:^|[.!?…])[^\p{L}\p{N}]*(?:At|By|From|On|In|Until|Till|Around|About|Before|After|Since)\s+[\d.:]+\s?$/u;

/** Where a sentence begins, in a text without capitals: 'ready in 10 mins. the driver will call' */
const SUBJECT = /^(?:the|th(?:is|at|ese|ere)|I|you|he|she|it|we|they|my|your|our|their)(?:['’]\p{L}+)?$/iu;

/** Whether a full stop ends a sentence: what is before it, and what is after it without quotes and brackets. */
function fullStopEnds(before: string, next: string, small: boolean, rules: Rules): boolean {
  const word = /[\p{L}\p{M}\p{N}.§-]*$/u.exec(before)?.[0] ?? '';
  const rest = before.slice(0, before.length - word.length);
  const first = /(?:^|[.!?…])[^\p{L}\p{N}]*$/u.test(rest);
  const previous = first ? '' : (/([\p{L}\p{M}\p{N}.§-]*)[^\p{L}\p{M}\p{N}]*$/u.exec(rest)?.[1] ?? '');
  const nextWord = /^[\p{L}\p{M}'’]+/u.exec(next)?.[0] ?? '';
  const known = rules.words.has(nextWord.toLowerCase());
  const starts = known && !small && nextWord !== '';
  if (/\d$/.test(word))
    return numberEnds(
      word,
      {
        previous: /[\p{L}\p{N}]/u.test(rest) ? previous || '.' : '',
        next: nextWord.toLowerCase(),
        starts,
        small,
        known,
      },
      rules,
    );
  if (/^\d/.test(next) && rules.beforeNumbers.has(/str$/i.test(word) ? 'str' : word)) return false;
  const isInterjection = first && rules.words.has(word.toLowerCase()); // 'So. jetzt geht es'
  const goesOn = small ? !SUBJECT.test(nextWord) : /^\d/.test(next);
  if (goesOn && rules.beforeSmall.has(word) && !isInterjection) return false;
  const letters = /(?:^|[^\p{L}\p{M}.])((?:\p{L}\.\s?)*\p{L})$/u.exec(before)?.[1]?.replace(/\s/g, '');
  const isOf = (set: ReadonlySet<string>) =>
    [word, letters ?? '', first ? word.toLowerCase() : '', word === word.toUpperCase() ? word.toLowerCase() : ''].some(
      (form) => form !== '' && set.has(form),
    );
  if (isOf(rules.abbreviations) || (isOf(rules.endings) && BEGINS_WITH_A_TIME.test(rest))) return false;
  if (isOf(rules.endings) || letters !== undefined || /^[IVXLCDM]+$/.test(word)) return starts;
  const spoken = word === '' || /[aeiouy]/i.test(word.normalize('NFD')); // no vowel: probably an abbreviation
  return spoken || (first ? starts : !small);
}

type NumberContext = {
  readonly previous: string;
  readonly next: string;
  readonly starts: boolean;
  readonly small: boolean;
  readonly known: boolean;
};

/** '24.12.' or '3.-5.' */
const DATE = /^\d{1,2}(?:\.|\.?-)\d{1,2}$/;

function numberEnds(number: string, { previous, next, starts, small, known }: NumberContext, rules: Rules): boolean {
  const ordinal = rules.beforeOrdinals.has(previous.toLowerCase());
  const isDate = rules.beforeOrdinals.size > 0 && DATE.test(number);
  if (isDate && !small && !rules.afterOrdinals.has(next)) return !(ordinal && next === '');
  if (!isDate && !/^\d{1,3}$/.test(number)) return true;
  if (previous === '') return false; // '1. Auflage', or a list
  if (rules.beforeOrdinals.size === 0) return true;
  if (rules.afterOrdinals.has(next)) return false;
  if (small) return known && !ordinal && !/^(?:und|oder|bis)$/.test(next);
  return starts || (!ordinal && next !== '');
}

/** Composed, and without characters that cannot be seen. */
const plain = (text: string) => text.normalize('NFC').replace(/\p{Cf}/gu, '');

type Rules = Readonly<Record<(typeof LISTS)[number], ReadonlySet<string>>>;
const LISTS = [
  'abbreviations',
  'beforeNumbers',
  'beforeSmall',
  'endings',
  'beforeOrdinals',
  'afterOrdinals',
  'words',
] as const satisfies readonly (keyof LanguageData)[];

const known = new Map<LanguageData | undefined, Rules>();
function rulesOf(language: string | undefined): Rules {
  const data = languageData(language);
  const found = known.get(data);
  if (found) return found;
  const all = data ? [data] : allLanguages;
  const entries = LISTS.map((list) => [list, new Set(all.flatMap((one) => one[list].split(' ')).filter(Boolean))]);
  const made = Object.fromEntries(entries) as Rules;
  known.set(data, made);
  return made;
}
