import { RingformerError, saidOf } from '@ringformer/core/base';
import { html } from './html.ts';
import { markdown } from './markdown.ts';
import { type Plain, placePairs, plainOf } from './plain.ts';
import { srt, vtt } from './subtitles.ts';
import { type Grammar, hasLetters, oneLine, rangeOf, type Token, type Translate, type Unit } from './unit.ts';

const GRAMMARS = { markdown, html, srt, vtt } satisfies Record<string, Grammar>;

export type Format = 'text' | keyof typeof GRAMMARS;
export const formats: readonly Format[] = ['text', 'markdown', 'html', 'srt', 'vtt'];

const ENDINGS: Readonly<Record<string, Format>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdown: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  srt: 'srt',
  vtt: 'vtt',
};

/** The format that a file's name says, or 'text'. */
export function formatOf(name: string): Format {
  const ending = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(ENDINGS, ending) ? (ENDINGS[ending] as Format) : 'text';
}

export type DocumentOptions = {
  readonly format: Format;
  /** Called with a part that stays as it is because its translation would have changed the document's structure. */
  readonly onWarning?: (warning: { readonly message: string; readonly line: number }) => void;
};

/**
 * A document with its texts translated and everything else, such as markup, code, addresses, time codes and blank lines, as it
 * was. `translate` is, for example, `translateBatch` of a translator, which keeps placeholders such as {x1}.
 * @throws RingformerError 'bad-argument'; 'bad-text' if it is nested too deeply; what `translate` throws
 */
export async function translateDocument(
  document: string,
  { format, onWarning }: DocumentOptions,
  translate: Translate,
): Promise<string> {
  if (typeof document !== 'string' || !formats.includes(format))
    throw new RingformerError(
      'bad-argument',
      `[ringformer/documents] Expected a text and a format, ${formats.join(', ')}; got ${saidOf(document)} and '${format}'.`,
    );
  if (document.startsWith('\ufeff'))
    return `\ufeff${await translateDocument(document.slice(1), { format, onWarning }, translate)}`;
  if (format === 'text') return (await translate([document]))[0] as string;
  const grammar: Grammar = shallow(GRAMMARS[format]);
  const units = grammar.units(document).sort((a, b) => rangeOf(a).from - rangeOf(b).from);
  const written = await translateUnits(document, units, translate);
  const kept = keepStructure(document, grammar, written);
  for (const { unit } of written.filter((one) => !kept.includes(one))) {
    const line = document.slice(0, rangeOf(unit).from).split('\n').length;
    onWarning?.({ line, message: `Line ${line} stays as it is: translated, it would change the ${format} around it.` });
  }
  return compose(document, kept, { from: 0, to: document.length });
}

/** The same, with a clear error for what is nested so deeply that its parser gives up. */
function shallow({ units, structure }: Grammar): Grammar {
  const checked =
    <T>(read: (document: string) => T) =>
    (document: string): T => {
      try {
        return read(document);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const message = '[ringformer/documents] This document is nested too deeply to be read.';
        throw new RingformerError('bad-text', message, { cause: error });
      }
    };
  return { units: checked(units), structure: checked((document) => JSON.stringify(structure(document))) };
}

/** What replaces the range of a unit; `inside` has its tokens' units, such as a picture's description, in place. */
type Written = { readonly unit: Unit; write(inside: (token: Token) => string): string };

async function translateUnits(document: string, units: readonly Unit[], translate: Translate): Promise<Written[]> {
  const plains = units.map(plainOf);
  const whole = await translate(plains.map(({ text }) => text));
  const spans = plains.map(({ pairs }) =>
    pairs.filter(({ all, text }) => !all && hasLetters(text)).map(({ text }) => text),
  );
  const inner = spread(spans, await translate(spans.flat()));
  const placed = plains.map((plain, i) => placeAll(plain, whole[i] as string, inner[i] as string[]));
  const apart = units.map(({ tokens }, i) =>
    placed[i]
      ? []
      : tokens.flatMap((token) => (token.kind === 'text' && hasLetters(token.text) ? [oneLine(token.text)] : [])),
  );
  const pieces = spread(apart, await translate(apart.flat()));
  return units.map((unit, i) => ({
    unit,
    write(inside) {
      const { quote, layOut = (text) => text } = unit;
      const place = placed[i];
      return layOut(
        place
          ? joined(plains[i] as Plain, place, quote, inside)
          : inTurn(unit, pieces[i] as string[], document, inside),
      );
    },
  }));
}

type Placed = { readonly text: string; readonly places: readonly { readonly from: number; readonly to: number }[] };

/** A translation and where its markup goes; undefined if it is not clear. */
function placeAll(plain: Plain, text: string, translated: readonly string[]): Placed | undefined {
  if ([...plain.fixed.keys()].some((name) => text.split(name).length !== 2)) return undefined;
  const left = [...translated];
  const inner = plain.pairs.map(({ all, text }) => (!all && hasLetters(text) ? (left.shift() as string) : text));
  const places = placePairs(plain, text, inner);
  return places && { text, places };
}

/** A translation with its markup in place. */
function joined(
  plain: Plain,
  { text, places }: Placed,
  quote: Unit['quote'],
  inside: (token: Token) => string,
): string {
  const { before, after, fixed, pairs } = plain;
  const marks = [
    ...pairs.flatMap(({ open, close }, i) => {
      const { from, to } = places[i] as Placed['places'][number];
      return [
        { at: from, end: from, rank: i, order: 1, token: open },
        { at: to, end: to, rank: -i, order: -1, token: close },
      ];
    }),
    ...[...fixed].map(([name, token]) => {
      const at = text.indexOf(name);
      return { at, end: at + name.length, rank: 0, order: 2, token };
    }),
  ].sort((a, b) => a.at - b.at || a.order - b.order || a.rank - b.rank);
  let [out, at] = [before, 0];
  for (const { at: from, end, token } of marks) {
    out += quote(text.slice(at, from), at === 0) + inside(token);
    at = end;
  }
  return out + quote(text.slice(at), at === 0) + after;
}

/** Each text of a unit translated by itself, everything else as it stood. */
function inTurn(
  { tokens, quote }: Unit,
  pieces: readonly string[],
  document: string,
  inside: (token: Token) => string,
): string {
  const left = [...pieces];
  return tokens
    .map((token, i) => {
      if (token.kind !== 'text') return inside(token);
      if (!hasLetters(token.text)) return document.slice(token.from, token.to);
      const [before, after] = [/^\s*/.exec(token.text)?.[0], /\s*$/.exec(token.text)?.[0]];
      return before + quote((left.shift() as string).trim(), i === 0) + after;
    })
    .join('');
}

/** Those that leave the document's structure as it is: all of them, or tried in halves. */
function keepStructure(document: string, grammar: Grammar, written: readonly Written[]): readonly Written[] {
  const own = grammar.structure(document);
  const isSame = (some: readonly Written[]) =>
    grammar.structure(compose(document, some, { from: 0, to: document.length })) === own;
  const keep = (some: readonly Written[]): readonly Written[] => {
    if (some.length === 0 || isSame(some)) return some;
    if (some.length === 1) return [];
    const half = some.length >> 1;
    const both = [...keep(some.slice(0, half)), ...keep(some.slice(half))];
    return isSame(both) ? both : both.filter((one) => isSame([one]));
  };
  const kept = keep(written);
  return isSame(kept) ? kept : [];
}

/** A range of the document with the units in it replaced. */
function compose(
  document: string,
  written: readonly Written[],
  range: { readonly from: number; readonly to: number },
): string {
  let [out, at] = ['', range.from];
  for (let i = 0; i < written.length; i++) {
    const one = written[i] as Written;
    const { from, to } = rangeOf(one.unit);
    if (from < at || to > range.to) continue;
    const within: Written[] = []; // those that follow and begin before its end
    for (let j = i + 1; j < written.length && rangeOf((written[j] as Written).unit).from < to; j++)
      within.push(written[j] as Written);
    out += document.slice(at, from) + one.write((token) => compose(document, within, token));
    at = to;
  }
  return out + document.slice(at, range.to);
}

/** A flat list in the shape of lists. */
function spread(shape: readonly (readonly unknown[])[], flat: readonly string[]): string[][] {
  let at = 0;
  return shape.map(({ length }) => {
    at += length;
    return flat.slice(at - length, at);
  });
}
