/** A line of the source and the line of the target that belongs to it. */
export type TextPair = { readonly source: string; readonly target: string };
