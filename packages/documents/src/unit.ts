/** What is translated as one: texts and the markup between them, all of it a range of the document. */
export type Unit = {
  readonly tokens: readonly Token[];
  /** Writes a translated text so that the document's grammar reads it as that text; `first`: at the start of the unit. */
  readonly quote: (text: string, first: boolean) => string;
  /** The last step: lays out what replaces the range. */
  readonly layOut?: (written: string) => string;
};

/**
 * A part of a unit, a range of the document.
 * - 'text': `text` is what it says.
 * - 'open' and 'close' with the same `pair`: markup around text, such as bold.
 * - 'fixed': stays as it is and stands for a word, such as code or an image.
 */
export type Token = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close'; readonly pair: number }
  | { readonly kind: 'fixed' }
);

/** A kind of document. */
export type Grammar = {
  /** The units of a document, in any order. Units within a token of another one are texts without markup. */
  units(document: string): Unit[];
  /** What must be the same in the translation: everything but the texts. */
  structure(document: string): unknown;
};

/** Translates texts, in order. */
export type Translate = (texts: readonly string[]) => Promise<readonly string[]>;

/** A text with one space for each run of white space, and none around it. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
export const hasLetters = (text: string): boolean => /\p{L}/u.test(text);
export const rangeOf = ({ tokens }: Unit): { readonly from: number; readonly to: number } => ({
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
  return inner.some((token) => token.kind === 'text' && hasLetters(token.text)) ? [{ tokens: inner, ...others }] : [];
}
