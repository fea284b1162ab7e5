import type { Pair, Plain } from './plain.ts';

export type Place = { readonly from: number; readonly to: number };

/**
 * How much each part of a translation has to do with each part of its source: `weights` has a row for each of `target`
 * and a column for each of `source`. Parts are words or pieces of words, in order.
 */
export type Alignment = {
  readonly source: readonly Place[];
  readonly target: readonly Place[];
  readonly weights: ArrayLike<number>;
};

/** Says which words of translations come from which words of their sources; undefined if it cannot. */
export type Align = (
  pairs: readonly { readonly source: string; readonly target: string }[],
) => Promise<readonly (Alignment | undefined)[]>;

/** With a smaller part of its attention on the marked words, a word does not say what they say. */
const LEAST_SHARE = 0.25;

/** With a smaller part than this, attention says less about where a word went than its place in the row does. */
const LEAST_GUESS = 0.11;

/** As many marked words, such as "hat" or "auf der", translated by themselves say next to nothing: a guess is better. */
const FEW_WORDS = 2;

/** What helps to find where markup goes. */
export type Hints = {
  readonly alignment?: Alignment;
  /** The translation of each pair's text by itself. */
  readonly inner?: readonly string[];
  /** Whether a word or two with no clear place go on the word that has most to do with them. */
  readonly guess?: boolean;
};

/** Where the pairs belong in a translation; undefined if one cannot be found. */
export function placePairs(plain: Plain, translation: string, hints: Hints): Place[] | undefined {
  const links = hints.alignment && wordLinks(hints.alignment, plain.text, translation);
  const places: (Place | undefined)[] = plain.pairs.map(() => undefined);
  for (const guess of hints.guess ? [false, true] : [false]) {
    for (const i of plain.pairs.keys())
      places[i] ??= placePair(plain, translation, { ...hints, guess, links }, places, i);
  }
  return places.every((place) => place !== undefined) ? places : undefined;
}

function placePair(
  { text, pairs }: Plain,
  translation: string,
  { links, inner, guess }: Hints & { readonly links: Links | undefined },
  places: readonly (Place | undefined)[],
  i: number,
): Place | undefined {
  const pair = pairs[i] as Pair;
  const within = pair.parent === undefined ? { from: 0, to: translation.length } : places[pair.parent];
  if (!within) return undefined;
  const isFree = (place: Place): boolean =>
    place.from < place.to &&
    within.from <= place.from &&
    place.to <= within.to &&
    !places.some(
      (other, j) => other && pairs[j]?.parent === pair.parent && place.from < other.to && other.from < place.to,
    );
  const words = cutsWord(text, pair) ? undefined : links;
  const ways = guess
    ? [() => words && guessed(words, pair, isFree)]
    : [
        () => around({ text, pairs }, pair, translation, within),
        () => sameWord(text, pair, translation),
        () => words && linked(words, text, pair, translation, within),
        () => (inner ? locate(translation, inner[i] as string, within) : undefined),
      ];
  for (const find of ways) {
    const place = find();
    if (place && isFree(place)) return place;
  }
  return undefined;
}

/** Whether a pair begins or ends within a word: 'Hund<sup>1</sup>'. */
const cutsWord = (text: string, { from, to }: Pair): boolean =>
  [from, to].some((at) => at > 0 && /^[\p{L}\p{N}]{2}$/u.test(text.slice(at - 1, at + 1)));

const HAS_WORD = /[\p{L}\p{N}]/u;
const WORD = /\{x+\d+\}(?:['’]s(?!\p{L}))?|\d+(?:[.,:]\d+)+|[\p{L}\p{N}\p{M}_]+(?:['’-][\p{L}\p{N}\p{M}_]+)*/gu;
const wordsIn = (text: string): Place[] =>
  [...text.matchAll(WORD)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }));

/** All that the markup around it holds, or the whole sentence, but for the punctuation outside. */
function around(
  { text, pairs }: Pick<Plain, 'text' | 'pairs'>,
  pair: Pair,
  translation: string,
  within: Place,
): Place | undefined {
  const outer = pair.parent === undefined ? { from: 0, to: text.length } : (pairs[pair.parent] as Pair);
  const [before, after] = [text.slice(outer.from, pair.from), text.slice(pair.to, outer.to)];
  if (HAS_WORD.test(before + after)) return undefined;
  const inner = translation.slice(within.from, within.to);
  const start = before.trim() === '' ? 0 : (/^(?:(?![{}])[\p{P}\p{S}\s])*/u.exec(inner)?.[0].length ?? 0);
  const end = after.trim() === '' ? 0 : (/(?:(?![{}])[\p{P}\p{S}\s])*$/u.exec(inner.slice(start))?.[0].length ?? 0);
  return { from: within.from + start, to: within.to - end };
}

const PLACEHOLDER = /^\{x+\d+\}$/;

/** Where a part stands in a text, if only once, beside letters too: {x1} in '{x1}s Haus'. */
function onlyOne(text: string, part: string): Place | undefined {
  const from = text.indexOf(part);
  return from >= 0 && from === text.lastIndexOf(part) ? { from, to: from + part.length } : undefined;
}

/** A word that the translation has too, once: the same letters of it, as in H₂O. */
function sameWord(text: string, pair: Pair, translation: string): Place | undefined {
  const marked = text.slice(pair.from, pair.to);
  if (!HAS_WORD.test(marked)) return locate(translation, marked, { from: 0, to: translation.length });
  if (PLACEHOLDER.test(marked)) return onlyOne(translation, marked);
  const word = wordsIn(text).find(({ from, to }) => from <= pair.from && pair.to <= to);
  if (!word) return undefined;
  const written = text.slice(word.from, word.to);
  const once = (all: string) => wordsIn(all).filter(({ from, to }) => all.slice(from, to) === written);
  const [there] = once(translation);
  if (!there || once(translation).length > 1 || once(text).length > 1) return undefined;
  return { from: there.from + pair.from - word.from, to: there.from + pair.to - word.from };
}

type Links = { readonly source: readonly Place[]; readonly target: readonly Place[]; readonly share: number[][] };

/** Alignment from word to word: a word's weights, each divided by what all words give the same source word. */
function wordLinks({ source, target, weights }: Alignment, text: string, translation: string): Links {
  const words = { source: wordsIn(text), target: wordsIn(translation) };
  const wordOf = (list: readonly Place[], part: Place) =>
    list.findIndex(({ from, to }) => part.from < to && from < part.to);
  const columns = source.map((part) => wordOf(words.source, part));
  const mass = words.target.map(() => new Array<number>(words.source.length).fill(0));
  for (const [i, part] of target.entries()) {
    const row = mass[wordOf(words.target, part)];
    if (!row) continue;
    for (const [j, column] of columns.entries()) {
      if (column >= 0) row[column] = (row[column] as number) + (weights[i * source.length + j] as number);
    }
  }
  const normal = mass.map((row) => {
    const sum = row.reduce((all, weight) => all + weight, 0);
    return row.map((weight) => (sum > 0 ? weight / sum : 0));
  });
  const given = words.source.map((_, j) => normal.reduce((sum, row) => sum + (row[j] as number), 0));
  return { ...words, share: normal.map((row) => row.map((weight, j) => (weight * weight) / (given[j] || 1))) };
}

/** The words in a row that say what the pair's words say. */
function linked(
  { source, target, share }: Links,
  text: string,
  pair: Pair,
  translation: string,
  within: Place,
): Place | undefined {
  const isMarked = source.map(({ from, to }) => from < pair.to && pair.from < to);
  const isWithin = target.map(({ from, to }) => within.from <= from && to <= within.to);
  const scores = share.map((row, i) =>
    isWithin[i] ? (isMarked[row.indexOf(Math.max(...row))] ? 1 : -1) : Number.NEGATIVE_INFINITY,
  );
  const likely = likeliest(share, isMarked, isWithin);
  const best =
    bestRun(scores) ?? (likely && likely.part >= LEAST_SHARE ? { first: likely.at, last: likely.at } : undefined);
  if (!best) return undefined;
  return withMarks(text, pair, translation, within, {
    from: (target[best.first] as Place).from,
    to: (target[best.last] as Place).to,
  });
}

/** Of some words, the one that gets the largest part of what it gets from the marked words. */
function likeliest(share: readonly (readonly number[])[], isMarked: readonly boolean[], isOpen: readonly boolean[]) {
  const parts = share.map((row, i) => {
    const all = row.reduce((sum, weight) => sum + weight, 0);
    const marked = row.reduce((sum, weight, j) => sum + (isMarked[j] ? weight : 0), 0);
    return isOpen[i] && all > 0 ? marked / all : 0;
  });
  const part = Math.max(0, ...parts);
  return part > 0 ? { at: parts.indexOf(part), part } : undefined;
}

/** For a pair around few words: the free word that has most to do with them, or if none has much, the one that stands about where they do. */
function guessed({ source, target, share }: Links, pair: Pair, isFree: (place: Place) => boolean) {
  const isMarked = source.map(({ from, to }) => from < pair.to && pair.from < to);
  if (isMarked.filter(Boolean).length > FEW_WORDS) return undefined;
  const isOpen = target.map(isFree);
  const found = likeliest(share, isMarked, isOpen);
  if (!found || found.part >= LEAST_GUESS) return found && target[found.at];
  if (pair.open?.kind === 'open' && pair.open.isLink) return undefined; // a wrong link is worse than a wrong stress
  return target[nearest(middleOf(isMarked), isOpen)];
}

/** Where the words that are marked are in their row, from 0 to 1. */
function middleOf(isMarked: readonly boolean[]): number {
  const middle = (isMarked.indexOf(true) + isMarked.lastIndexOf(true)) / 2;
  return middle / Math.max(1, isMarked.length - 1);
}

/** The open word nearest to a part of the way, from 0 to 1, through its row. */
function nearest(part: number, isOpen: readonly boolean[]): number {
  const away = isOpen.map((open, i) =>
    open ? Math.abs(i / Math.max(1, isOpen.length - 1) - part) : Number.POSITIVE_INFINITY,
  );
  return away.indexOf(Math.min(...away));
}

/** The run with the largest sum, if that is above 0. */
function bestRun(scores: readonly number[]): { readonly first: number; readonly last: number } | undefined {
  let best: { first: number; last: number } | undefined;
  let [most, sum, first] = [0, 0, 0];
  for (const [i, score] of scores.entries()) {
    if (sum <= 0) {
      sum = 0;
      first = i;
    }
    sum += score;
    if (sum <= most) continue;
    most = sum;
    best = { first, last: i };
  }
  return best;
}

/** With the punctuation at its ends, if the source has some there; but without what the source has outside. */
function withMarks(text: string, pair: Pair, translation: string, within: Place, { from, to }: Place): Place {
  const marked = text.slice(pair.from, pair.to);
  const before = marksOf(/^(?:(?![{}])[^\p{L}\p{N}])+/u, marked);
  const after = marksOf(/(?:(?![{}])[^\p{L}\p{N}])+$/u, marked);
  const money = [...before, ...after].filter((mark) => MONEY.test(mark)); // '3 €' is '€3' in another language
  const there = {
    before: marksOf(/(?:(?![{}])[\p{P}\p{Sc}+])+$/u, translation.slice(within.from, from)),
    after: marksOf(/^[ \u00a0]?(?:(?![{}])[\p{P}\p{Sc}+])+/u, translation.slice(to, within.to)),
  };
  return {
    from: from - ownMarks(there.before.reverse(), [...before, ...money], text[pair.from - 1]),
    to: to + ownMarks(there.after, [...after, ...money], text[pair.to]),
  };
}

const MONEY = /\p{Sc}/u;
const marksOf = (pattern: RegExp, text: string): string[] => [...(pattern.exec(text)?.[0] ?? '')];

const QUOTE = /["'„“”‚‘’«»‹›]/;
const BRACKET = /[()[\]]/;
/** The length of those of a translation's marks, from a pair's end outwards, that belong to the pair, whose source ends with `own`. */
function ownMarks(marks: readonly string[], own: readonly string[], outside: string | undefined): number {
  if (own.length === 0) return 0;
  const end = marks.findIndex(
    (mark) =>
      !own.includes(mark) &&
      ((!/\s/.test(mark) && (mark === outside || !own.some((other) => /\p{P}/u.test(other)))) ||
        [QUOTE, BRACKET].some((kind) => kind.test(mark) && !own.some((other) => kind.test(other)))),
  );
  return marks
    .slice(0, end < 0 ? marks.length : end)
    .join('')
    .trimEnd().length;
}

/** Where a part stands in a text, as whole words and only once: as it is, else in other letter case. */
function locate(text: string, part: string, within: Place): Place | undefined {
  const wanted = part.replace(/[.!?]+$/, '').trim();
  if (wanted === '') return undefined;
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const inner = text.slice(within.from, within.to);
  for (const flags of ['gu', 'giu']) {
    const found = [...inner.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}]|['’]\\p{L})`, flags))];
    const from = within.from + (found[0]?.index ?? 0);
    if (found.length === 1) return { from, to: from + wanted.length };
    if (found.length > 1) return undefined;
  }
  return undefined;
}
