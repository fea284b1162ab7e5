import type { ProtectedSpan } from '@ringformer/text';

/** A span and what it becomes, if it does not stay as it is. */
export type Span = ProtectedSpan & { readonly text?: string };

/** The spans of the second list that overlap with none of the first. */
export const apartFrom = <S extends { from: number; to: number }>(
  spans: readonly Omit<Span, 'as'>[],
  others: readonly S[],
): S[] => others.filter((one) => !spans.some((span) => span.from < one.to && one.from < span.to));

/** Spans in order; where two overlap, only that of the first list. */
export const joinSpans = <S extends Omit<Span, 'as'>>(spans: readonly S[], others: readonly S[]): S[] =>
  [...spans, ...apartFrom(spans, others)].sort((a, b) => a.from - b.from);

export const moved = (spans: readonly Span[], by: number): Span[] =>
  spans.map((span) => ({ ...span, from: span.from + by, to: span.to + by }));

/** A text with its spans as they become. */
export const withSpans = (text: string, spans: readonly Omit<Span, 'as'>[]): string =>
  splitAt(text, spans)
    .map((piece, i) => (i % 2 === 1 ? (spans[(i - 1) / 2]?.text ?? piece) : piece))
    .join('');

/** A text with a space instead of each span. */
export function without(text: string, spans: readonly ProtectedSpan[]): string {
  return spans.length === 0
    ? text
    : splitAt(text, spans)
        .filter((_, i) => i % 2 === 0)
        .join(' ');
}

/** What is before, in and between spans, in turn; an odd number of pieces. */
export function splitAt(text: string, spans: readonly Omit<Span, 'as'>[]): string[] {
  const pieces: string[] = [];
  let at = 0;
  for (const { from, to } of spans) {
    pieces.push(text.slice(at, from), text.slice(from, to));
    at = to;
  }
  return [...pieces, text.slice(at)];
}
