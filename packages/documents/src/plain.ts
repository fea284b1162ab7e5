import { oneLine, type Token, type Unit } from './unit.ts';

/** A unit as a text without markup, and where its markup was. */
export type Plain = {
  /** Fixed tokens are placeholders; white space is one space each. */
  readonly text: string;
  /** White space around it. */
  readonly before: string;
  readonly after: string;
  readonly fixed: ReadonlyMap<string, Token>;
  readonly pairs: readonly Pair[];
};

/** Markup around a part of the text: all of it, or `text`. */
export type Pair = {
  readonly open: Token;
  readonly close: Token;
  readonly text: string;
  readonly all: boolean;
  /** The number of the pair around it. */
  readonly parent: number | undefined;
};

export function plainOf({ tokens }: Unit): Plain {
  const fixed = new Map<string, Token>();
  const open: { readonly token: Token; readonly at: number; readonly index: number }[] = [];
  const pairs: (Omit<Pair, 'text' | 'all'> & { readonly from: number; readonly to: number })[] = [];
  let text = '';
  let count = 0;
  for (const token of tokens) {
    if (token.kind === 'text') text += token.text;
    else if (token.kind === 'fixed') {
      const name = placeholder(tokens, ++count);
      fixed.set(name, token);
      text += name;
    } else if (token.kind === 'open') open.push({ token, at: text.length, index: pairs.push(undefined as never) - 1 });
    else {
      const begun = open.pop();
      if (!begun) continue;
      const parent = open.at(-1)?.index;
      pairs[begun.index] = { open: begun.token, close: token, from: begun.at, to: text.length, parent };
    }
  }
  return {
    text: oneLine(text),
    before: /^\s*/.exec(text)?.[0] ?? '',
    after: /\s*$/.exec(text.trimStart())?.[0] ?? '',
    fixed,
    pairs: pairs.map(({ from, to, ...pair }) => {
      const outside = text.slice(0, from) + text.slice(to);
      return { ...pair, text: oneLine(text.slice(from, to)), all: outside.trim() === '' };
    }),
  };
}

/** A placeholder as translators keep them, which the unit does not have itself. */
function placeholder(tokens: readonly Token[], count: number): string {
  const texts = tokens.map((token) => (token.kind === 'text' ? token.text : '')).join('');
  let letter = 'x';
  while (texts.includes(`{${letter}`)) letter += 'x';
  return `{${letter}${count}}`;
}

/** Where the pairs belong in a translation, given the translations of their texts; undefined if one cannot be found. */
export function placePairs(
  { pairs }: Plain,
  translation: string,
  inner: readonly string[],
): { readonly from: number; readonly to: number }[] | undefined {
  const places: { from: number; to: number }[] = [];
  for (const [i, pair] of pairs.entries()) {
    const within = pair.parent === undefined ? { from: 0, to: translation.length } : places[pair.parent];
    if (!within) return undefined;
    const found = pair.all
      ? { from: 0, to: translation.length }
      : locate(translation.slice(within.from, within.to), inner[i] as string);
    if (!found) return undefined;
    const place = pair.all ? found : { from: within.from + found.from, to: within.from + found.to };
    const clash = places.some(
      (other, j) => pairs[j]?.parent === pair.parent && place.from < other.to && other.from < place.to,
    );
    if (clash) return undefined;
    places.push(place);
  }
  return places;
}

/** Where a part stands in a text, as whole words and only once: as it is, else in other letter case. */
function locate(text: string, part: string): { readonly from: number; readonly to: number } | undefined {
  const wanted = part.replace(/[.!?]+$/, '').trim();
  if (wanted === '') return undefined;
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  for (const flags of ['gu', 'giu']) {
    const found = [...text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, flags))];
    if (found.length === 1) return { from: found[0]?.index as number, to: (found[0]?.index as number) + wanted.length };
    if (found.length > 1) return undefined;
  }
  return undefined;
}
