/** A part of a text, from `from` to `to`, and what is written in its place. */
export type Rewritten = { readonly from: number; readonly to: number; readonly text: string };

/** A text as long as before in which nothing is found where the parts are. */
export const masked = (text: string, parts: readonly Rewritten[]): string =>
  parts.reduce((text, { from, to }) => text.slice(0, from) + 'x'.repeat(to - from) + text.slice(to), text);
