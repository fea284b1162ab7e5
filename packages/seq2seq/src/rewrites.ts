import { clockSpans, shorthandSpans } from '@ringformer/text';
import type { Languages } from './languages.ts';
import { joinSpans, type Span } from './spans.ts';

type Rewrite = Omit<Span, 'as'> & { readonly text: string };

/** What of a text is written otherwise before a model reads it: hours as the target language counts them, and abbreviations in words. */
export const rewritesOf = (text: string, { from, to }: Languages): Rewrite[] =>
  joinSpans<Rewrite>(clockSpans(text, from, to), shorthandSpans(text, from));

/** Where a place in a rewritten text was before; all of a rewritten part, if the place is in it. */
export function placeBefore({ from, to }: { from: number; to: number }, rewrites: readonly Rewrite[]) {
  return { from: before(from, rewrites, 'from'), to: before(to, rewrites, 'to') };
}

function before(at: number, rewrites: readonly Rewrite[], side: 'from' | 'to'): number {
  const isEnd = side === 'to';
  let grown = 0;
  for (const span of rewrites) {
    const [from, to] = [span.from + grown, span.from + grown + span.text.length];
    if (at < from || (isEnd && at === from)) break;
    if (at < to || (isEnd && at === to)) return span[side];
    grown = to - span.to;
  }
  return at - grown;
}
