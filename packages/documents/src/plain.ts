import type { Segment } from './segments.ts';
import type { Token } from './unit.ts';

/** A segment as a text without markup, and where its markup was. */
export type Plain = {
  /** Fixed tokens are placeholders; white space is one space each; no soft hyphens. */
  readonly text: string;
  readonly fixed: ReadonlyMap<string, Token>;
  readonly pairs: readonly Pair[];
};

/** Markup around a part of the text: `from` and `to` are offsets in it. */
export type Pair = {
  readonly open: Token;
  readonly close: Token;
  readonly from: number;
  readonly to: number;
  /** The number of the pair around it. */
  readonly parent: number | undefined;
};

/** A text with one space for each run of white space, and none around it. */
export const oneLine = (text: string): string =>
  text
    .replace(/\u00ad/g, '')
    .replace(/\s+/g, ' ')
    .trim();

export function plainOf({ tokens }: Segment): Plain {
  const fixed = new Map<string, Token>();
  const open: { readonly token: Token; readonly from: number; readonly index: number }[] = [];
  const pairs: Pair[] = [];
  let text = '';
  const add = (more: string) => {
    const plain = more.replace(/\u00ad/g, '').replace(/\s+/g, ' ');
    text += text === '' || text.endsWith(' ') ? plain.trimStart() : plain;
  };
  const letter = letterFor(tokens);
  let count = 0;
  for (const token of tokens) {
    if (token.kind === 'text') add(token.text);
    else if (token.kind === 'fixed') {
      const name = `{${letter}${++count}}`;
      fixed.set(name, token);
      add(name);
    } else if (token.kind === 'open') {
      open.push({ token, from: text.length, index: pairs.push(undefined as never) - 1 });
    } else {
      const begun = open.pop();
      if (!begun) continue;
      const inner = text.slice(begun.from);
      const from = begun.from + inner.length - inner.trimStart().length;
      const to = Math.max(from, begun.from + inner.trimEnd().length);
      pairs[begun.index] = { open: begun.token, close: token, from, to, parent: open.at(-1)?.index };
    }
  }
  return { text: text.trimEnd(), fixed, pairs };
}

/** Letters for placeholders as translators keep them, such as {x1}, which the segment does not have itself. */
function letterFor(tokens: readonly Token[]): string {
  const texts = tokens.map((token) => (token.kind === 'text' ? token.text : '')).join('');
  let letter = 'x';
  while (texts.includes(`{${letter}`)) letter += 'x';
  return letter;
}
