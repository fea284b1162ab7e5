const WORD_CHAR = /[\p{L}\p{M}\p{N}_]/u;
const WORD_START = /(?<![\p{L}\p{M}\p{N}_])[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu;

/** A stretch of a text, end excluded, and its replacement. */
export type Edit = { readonly start: number; readonly end: number; readonly text: string };

/** The text with every edit applied; edits must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: inserted } of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + inserted;
    at = end;
  }
  return result + text.slice(at);
}

/** Calls `visit` with the first letters or digits of each word and where they begin; "Tom's" begins with "Tom". */
export function eachWord(text: string, visit: (word: string, start: number) => void): void {
  for (const match of text.matchAll(WORD_START)) visit(match[0], match.index);
}

/** Where a phrase occurs in a text as whole words: the start of each occurrence. */
export function placesOf(text: string, phrase: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + phrase.length)) {
    if (isWhole(text, at, at + phrase.length)) places.push(at);
  }
  return places;
}

/** Whether the stretch begins and ends at word boundaries. */
export function isWhole(text: string, start: number, end: number): boolean {
  return !WORD_CHAR.test(text.charAt(start - 1)) && !WORD_CHAR.test(text.charAt(end));
}
