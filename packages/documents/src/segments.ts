import { protectedSpans, splitSentences } from '@ringformer/text';
import { offsetsOf } from './offsets.ts';
import { sentenceBreaks } from './soft-breaks.ts';
import { hasLetters, rangeOf, type TextToken, type Token, type Unit } from './unit.ts';

/** What is translated as one: a sentence, or several if markup begins in one and ends in another. */
export type Segment = Pick<Unit, 'quote' | 'careful'> & {
  readonly tokens: readonly Token[];
  readonly from: number;
  readonly to: number;
  /** Whether it stands at the start of its unit or of a line. */
  readonly start: boolean;
};

type Range = { readonly from: number; readonly to: number };
/** A token and where it stands in the unit's text. */
type Item = Range & { readonly token: Token };

/** What may stand around a sentence without belonging to it: white space, marks of direction, notes of music, bullets. */
const LEADING = /^[\s\p{Cf}♩-♯•·▪‣►]+/u;
const TRAILING = /[\s\p{Cf}♩-♯]+$/u;
/** What is between them is not one sentence: Home | News | Contact. */
const BARS = /\s+[|·•»›]\s+/g;
/** Stands for what stands for a word. */
const WORD = '{X}';

/**
 * The sentences of a unit. Markup around whole sentences, and what stands around them, is in none of them, so that it stays
 * byte for byte.
 */
export function segmentsOf(unit: Unit, document: string, language?: string): Segment[] {
  const items: Item[] = [];
  let lines = '';
  for (const token of unit.tokens) {
    const from = lines.length;
    if (token.kind === 'text') lines += token.text;
    else if (token.kind === 'fixed' && !token.aside) lines += WORD;
    items.push({ token, from, to: lines.length });
  }
  const text = lines.replace(/\s/g, ' ');
  const places = items.map(({ token }) =>
    token.kind === 'text' ? offsetsOf(document.slice(token.from, token.to), token.text) : undefined,
  );
  /** The item that begins at an offset or has it inside. */
  const itemAt = (at: number) => {
    let i = firstWhere(items, ({ from }) => from > at) - 1;
    while (i >= 0 && items[i]?.from === items[i]?.to) i--; // markup has no width
    return i >= 0 && at < (items[i] as Item).to ? i : -1;
  };
  const canCut = (at: number) => {
    const i = itemAt(at);
    return i < 0 || items[i]?.from === at || places[i] !== undefined;
  };
  const spans = protectedSpans(text);
  const marks = spans.filter(({ as }) => as === 'mark'); // emoji
  const trimmed = ({ from, to }: Range): Range => {
    const lead = LEADING.exec(text.slice(from, to))?.[0].length ?? 0;
    const trail = TRAILING.exec(text.slice(from + lead, to))?.[0].length ?? 0;
    const next = {
      from: canCut(from + lead) ? from + lead : from,
      to: canCut(to - trail) ? to - trail : to,
    };
    const before = marks.find((mark) => mark.from === next.from && mark.to < next.to && canCut(mark.to));
    const after = marks.find((mark) => mark.to === next.to && mark.from > next.from && canCut(mark.from));
    return before || after ? trimmed({ from: before?.to ?? next.from, to: after?.from ?? next.to }) : next;
  };
  const pairs = pairsOf(items, text);
  let ranges = sentencesOf(text, spans, sentenceBreaks(lines), language).map(trimmed);
  ranges = merged(ranges, (before, after) => !canCut(before.to) || !canCut(after.from));
  for (const pair of pairs) {
    const begin = firstWhere(ranges, ({ to }) => to > pair.from);
    const touched = ranges.slice(
      begin,
      Math.max(
        begin,
        firstWhere(ranges, ({ from }) => from >= pair.to),
      ),
    );
    if (touched.every((range) => pair.from <= range.from && range.to <= pair.to)) continue;
    const [first, last] = [touched[0] as Range, touched.at(-1) as Range];
    ranges = merged(ranges, (before, after) => before.from >= first.from && after.to <= last.to);
  }
  const start = rangeOf(unit.tokens).from;
  const ends = new Map(pairs.flatMap((pair) => [[pair.open, pair] as const, [pair.close, pair] as const]));
  return ranges.flatMap((range): Segment[] => {
    const tokens = tokensIn(range, items, places, ends);
    if (!tokens.some((token) => token.kind === 'text' && hasLetters(token.text))) return [];
    const { from, to } = rangeOf(tokens);
    const line = /(?:^|[\r\n])[ \t>]*$/.test(document.slice(Math.max(0, from - 80), from));
    return [{ tokens, from, to, start: from === start || line, quote: unit.quote, careful: unit.careful }];
  });
}

function sentencesOf(
  text: string,
  spans: readonly Range[],
  breaks: readonly number[],
  language: string | undefined,
): Range[] {
  const ranges: Range[] = [];
  let at = text.length - text.trimStart().length;
  for (const { text: sentence, after } of splitSentences(text, { language, spans })) {
    const begin = at;
    const end = at + sentence.length;
    const bars = Array.from(sentence.matchAll(BARS), ({ 0: bar, index }) => ({
      from: begin + index,
      to: begin + index + bar.length,
    }));
    const inside = breaks.slice(
      firstWhere(breaks, (place) => place > begin),
      firstWhere(breaks, (place) => place >= end),
    );
    const gaps = [...bars, ...inside.map((place) => ({ from: place, to: place + 1 }))].sort((a, b) => a.from - b.from);
    for (const gap of gaps) {
      if (gap.from < at) continue; // a break within a bar
      ranges.push({ from: at, to: gap.from });
      at = gap.to;
    }
    ranges.push({ from: at, to: end });
    at = end + after.length;
  }
  return ranges;
}

/** Neighbours are put together if `belong` says so. */
function merged(ranges: readonly Range[], belong: (before: Range, after: Range) => boolean): Range[] {
  const all: Range[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last && belong(last, range)) all[all.length - 1] = { from: last.from, to: range.to };
    else all.push(range);
  }
  return all;
}

/** What is between the marks of a pair, without white space at its ends. */
type Pair = Range & { readonly open: number; readonly close: number };

function pairsOf(items: readonly Item[], text: string): Pair[] {
  const closes = new Map<number, number>();
  for (const [i, { token }] of items.entries())
    if (token.kind === 'close' && !closes.has(token.pair)) closes.set(token.pair, i);
  return items.flatMap(({ token, from }, open): Pair[] => {
    if (token.kind !== 'open') return [];
    const close = closes.get(token.pair);
    if (close === undefined) return [];
    const inner = text.slice(from, (items[close] as Item).from);
    const begin = from + inner.length - inner.trimStart().length;
    return [{ open, close, from: begin, to: Math.max(begin, from + inner.trimEnd().length) }];
  });
}

function tokensIn(
  { from, to }: Range,
  items: readonly Item[],
  places: readonly (readonly number[] | undefined)[],
  pairs: ReadonlyMap<number, Pair>,
): Token[] {
  const isInside = (pair: Pair) => from <= pair.from && pair.to <= to && pair.to - pair.from < to - from;
  const tokens: Token[] = [];
  let first = firstWhere(items, (item) => item.to >= from);
  while (first > 0 && isEmpty(items[first - 1] as Item)) first--;
  for (let i = first; i < items.length; i++) {
    const item = items[i] as Item;
    const { token } = item;
    if (item.from > to && !isEmpty(item)) break;
    const pair = pairs.get(i);
    if (pair) {
      if (!isInside(pair)) continue;
      if (pair.from < pair.to) tokens.push(token);
      else if (from < pair.from && pair.from < to) {
        tokens.push({ kind: 'fixed', from: token.from, to: (items[pair.close] as Item).token.to }); // nothing in it
        i = pair.close;
      }
    } else if (item.from < to && item.to > from) {
      // what is aside has no width: at the ends it is left out
      if (token.kind === 'text') tokens.push(partOf(token, item, { from, to }, places[i]));
      else tokens.push(token);
    }
  }
  return tokens;
}

/** Whether there is nothing but white space in it, so that markup before or after it may belong to a range. */
const isEmpty = ({ token }: Item): boolean =>
  token.kind === 'text' ? token.text.trim() === '' : token.kind !== 'fixed' || token.aside === true;

/** The number of the first item for which `holds`, which must hold for all after it. */
function firstWhere<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The part of a text that is in a range. */
function partOf(token: TextToken, item: Item, range: Range, places: readonly number[] | undefined): TextToken {
  const from = Math.max(0, range.from - item.from);
  const to = Math.min(item.to, range.to) - item.from;
  if (!places || (from === 0 && to === token.text.length)) return token;
  return {
    kind: 'text',
    from: token.from + (places[from] as number),
    to: token.from + (places[to] as number),
    text: token.text.slice(from, to),
  };
}
