/** Texts and the markup between them, all of it one range of the document. */
export type Unit = {
  readonly tokens: readonly Token[];
  /** Writes a translated text so that the document's grammar reads it as that text. */
  readonly quote: Quote;
  /** The same with more escapes, for texts that `quote` let become markup. */
  readonly careful?: Quote;
  /** The last step, if a sentence of it spans lines: lays out what replaces the range. */
  readonly layOut?: (written: string) => string;
};

/** `start`: at the start of a line or of the unit. */
export type Quote = (text: string, start: boolean) => string;

/**
 * A part of a unit, a range of the document.
 * - 'text': `text` is what it says.
 * - 'open' and 'close' with the same `pair`: markup around text, such as bold. `written` replaces it in a translation.
 * - 'fixed': stays as it is. It stands for a word, such as code, or is `aside`: a picture, a footnote's number.
 */
export type Token = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close'; readonly pair: number; readonly written?: string; readonly isLink?: boolean }
  | { readonly kind: 'fixed'; readonly aside?: boolean }
);
export type TextToken = Extract<Token, { kind: 'text' }>;

/** A kind of document. */
export type Grammar = {
  /** The units of a document, in any order. Units within a token of another one are texts without markup. */
  units(document: string, language?: string): Unit[];
  /** What must be the same in the translation: everything but the texts, and the order of markup within a sentence. */
  structure(document: string): unknown;
};

/** Parts of a structure whose order a translation may change, in one that it cannot. */
export function inAnyOrder<T>(parts: readonly T[]): readonly T[] {
  if (parts.length < 2) return parts;
  return parts
    .map((part) => ({ part, key: JSON.stringify(part) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ part }) => part);
}

/** Translates texts, in order. */
export type Translate = (texts: readonly string[]) => Promise<readonly string[]>;

export const hasLetters = (text: string): boolean => /\p{L}/u.test(text);
export const rangeOf = (tokens: readonly Token[]): { readonly from: number; readonly to: number } => ({
  from: (tokens[0] as Token).from,
  to: (tokens.at(-1) as Token).to,
});

/** A unit of the tokens without empty ends; none if there is nothing to translate. */
export function unitOf(tokens: readonly Token[], others: Omit<Unit, 'tokens'>): Unit[] {
  const isBlank = (token: Token | undefined) => token?.kind === 'text' && token.text.trim() === '';
  let [first, end] = [0, tokens.length];
  while (first < end && isBlank(tokens[first])) first++;
  while (end > first && isBlank(tokens[end - 1])) end--;
  const inner = tokens.slice(first, end);
  if (!inner.some((token) => token.kind === 'text' && hasLetters(token.text))) return [];
  const isInOrder = inner.every((token, i) => i === 0 || token.from >= (inner[i - 1] as Token).to);
  if (isInOrder) return [{ tokens: withChords(inner), ...others }];
  return inner.flatMap((token) => (token.kind === 'text' ? unitOf([token], others) : [])); // misnested HTML
}

/** What joins two keys into one: Ctrl + C. */
const JOINT = /^ ?\+ ?$/;

/** Fixed words that are joined to one another, such as keys pressed together, as one. */
function withChords(tokens: readonly Token[]): Token[] {
  const isWord = (token: Token | undefined) => token?.kind === 'fixed' && !token.aside;
  const all: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const [token, next] = [tokens[i] as Token, tokens[i + 1]];
    const last = all.at(-1);
    if (token.kind === 'text' && JOINT.test(token.text) && last && isWord(last) && next && isWord(next)) {
      all[all.length - 1] = { kind: 'fixed', from: last.from, to: next.to };
      i++;
    } else all.push(token);
  }
  return all;
}
