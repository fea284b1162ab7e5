import type { Place } from './place.ts';
import { oneLine, type Plain } from './plain.ts';
import type { Segment } from './segments.ts';
import type { Version } from './settle.ts';
import { hasLetters, type Quote, type Token } from './unit.ts';

/** A translation and where its markup goes. */
export type Placed = { readonly text: string; readonly places: readonly Place[] };

/** A translated segment with its markup in place; byte for byte as it was if the translation says the same. */
export function joined(
  { from, to, start }: Segment,
  { text: source, fixed, pairs }: Plain,
  { text, places }: Placed,
  quote: Quote,
): Version {
  if (text === source) return (inside) => inside(from, to);
  const marks = [
    ...pairs.flatMap(({ open, close }, i) => {
      const place = places[i] as Place;
      return [
        { at: place.from, end: place.from, rank: i, order: 1, token: open },
        { at: place.to, end: place.to, rank: -i, order: -1, token: close },
      ];
    }),
    ...[...fixed].map(([name, token]) => {
      const at = text.indexOf(name);
      return { at, end: at + name.length, rank: 0, order: 2, token };
    }),
  ].sort((a, b) => a.at - b.at || a.order - b.order || a.rank - b.rank);
  return (inside) => {
    let [out, at] = ['', 0];
    const add = (text: string) => quote(text, start && out === '');
    for (const { at: begin, end, token } of marks) {
      out += add(text.slice(at, begin));
      out += shown(token, inside);
      at = end;
    }
    return out + add(text.slice(at));
  };
}

/** The texts of a segment that are translated one by one if its markup has no place. */
export const textsOf = ({ tokens }: Segment): string[] =>
  tokens.flatMap((token) => (token.kind === 'text' && hasLetters(token.text) ? [oneLine(token.text)] : []));

/** Each text of a segment translated by itself, everything else as it stood. */
export function inTurn({ tokens, start }: Segment, translations: readonly string[], quote: Quote): Version {
  return (inside) => {
    const left = [...translations];
    return tokens
      .map((token, i) => {
        const gap = i === 0 ? '' : inside((tokens[i - 1] as Token).to, token.from); // a quotation's mark
        if (token.kind !== 'text') return gap + shown(token, inside);
        const written = hasLetters(token.text) ? left.shift()?.trim() : undefined;
        if (written === undefined || written === oneLine(token.text)) return gap + inside(token.from, token.to);
        const [before, after] = [/^\s*/.exec(token.text)?.[0], /\s*$/.exec(token.text)?.[0]];
        return gap + before + quote(written, start && i === 0) + after;
      })
      .join('');
  };
}

const shown = (token: Token, inside: (from: number, to: number) => string): string =>
  'written' in token && token.written !== undefined ? token.written : inside(token.from, token.to);
