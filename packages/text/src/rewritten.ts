/** A part of a text, from `from` to `to`, and what is written in its place. */
export type Rewritten = { readonly from: number; readonly to: number; readonly text: string };
