/** A part of a text, from `from` to `to`, and what is written in its place. */
export type Rewritten = { readonly from: number; readonly to: number; readonly text: string };

/** A text as long as before, in which nothing is found where the parts are: these in order and apart. */
export function masked(text: string, parts: readonly Pick<Rewritten, 'from' | 'to'>[]): string {
  const pieces = parts.flatMap(({ from, to }, i) => [text.slice(parts[i - 1]?.to ?? 0, from), 'x'.repeat(to - from)]);
  return [...pieces, text.slice(parts.at(-1)?.to ?? 0)].join('');
}
