import type { Grammar } from './unit.ts';

/** What may replace a range of the document; `inside` gives a range with what is nested in it in place. */
export type Piece = {
  readonly from: number;
  readonly to: number;
  /** Ways to write it, the best first. */
  readonly versions: readonly Version[];
};
export type Version = (inside: (from: number, to: number) => string) => string;

type Choice = { readonly piece: Piece; readonly version: number };

/**
 * The document with each piece in the first of its versions that keeps the document's structure. `more` gives further
 * versions of pieces that have none left; those without stay as they are, and are returned as `left`.
 */
export async function settle(
  document: string,
  grammar: Grammar,
  pieces: readonly Piece[],
  more: (failed: readonly Piece[]) => Promise<readonly (readonly Version[])[]>,
): Promise<{ readonly text: string; readonly left: readonly Piece[] }> {
  const own = JSON.stringify(grammar.structure(document));
  const write = (choices: readonly Choice[]) =>
    compose(
      document,
      [...choices].sort((a, b) => a.piece.from - b.piece.from || b.piece.to - a.piece.to),
      { from: 0, to: document.length },
    );
  const isSame = (choices: readonly Choice[]) => JSON.stringify(grammar.structure(write(choices))) === own;
  /** As many of `some` as can be kept beside `kept`: all of them, or tried in halves. */
  const keep = (kept: readonly Choice[], some: readonly Choice[]): readonly Choice[] => {
    if (some.length === 0 || isSame([...kept, ...some])) return some;
    if (some.length === 1) return [];
    const half = some.length >> 1;
    const first = keep(kept, some.slice(0, half));
    return [...first, ...keep([...kept, ...first], some.slice(half))];
  };
  let kept: readonly Choice[] = [];
  let open: readonly Choice[] = pieces.filter(({ versions }) => versions.length > 0).map(first);
  let spent: Piece[] = pieces.filter(({ versions }) => versions.length === 0);
  let isLast = false;
  for (;;) {
    while (open.length > 0) {
      const fit = new Set(keep(kept, open));
      kept = [...kept, ...fit];
      const failed = open.filter((choice) => !fit.has(choice));
      spent = [...spent, ...failed.filter(({ piece, version }) => version + 1 === piece.versions.length).map(pieceOf)];
      open = failed.flatMap(({ piece, version }) =>
        version + 1 < piece.versions.length ? [{ piece, version: version + 1 }] : [],
      );
    }
    if (isLast || spent.length === 0) return { text: write(kept), left: spent };
    const versions = await more(spent);
    const again = spent.map((piece, i) => ({ ...piece, versions: versions[i] as readonly Version[] }));
    open = again.filter((piece) => piece.versions.length > 0).map(first);
    spent = again.filter((piece) => piece.versions.length === 0);
    isLast = true;
  }
}

const first = (piece: Piece): Choice => ({ piece, version: 0 });
const pieceOf = ({ piece }: Choice): Piece => piece;

/** A range of the document with the pieces in it replaced; they are in order. */
function compose(
  document: string,
  choices: readonly Choice[],
  range: { readonly from: number; readonly to: number },
): string {
  let [out, at] = ['', range.from];
  for (let i = 0; i < choices.length; i++) {
    const { piece, version } = choices[i] as Choice;
    const { from, to } = piece;
    if (from < at || to > range.to) continue;
    const within: Choice[] = []; // those that follow and begin before its end
    for (let j = i + 1; j < choices.length && (choices[j] as Choice).piece.from < to; j++)
      within.push(choices[j] as Choice);
    const inside = (from: number, to: number) => compose(document, within, { from, to });
    out += document.slice(at, from) + (piece.versions[version] as Version)(inside);
    at = to;
  }
  return out + document.slice(at, range.to);
}
