import { RingformerError, saidOf } from '@ringformer/core/base';
import { type Format, formats } from './formats.ts';
import { html } from './html.ts';
import { markdown } from './markdown.ts';
import type { Align } from './place.ts';
import { type Segment, segmentsOf } from './segments.ts';
import { type Piece, settle, type Version } from './settle.ts';
import { srt, vtt } from './subtitles.ts';
import type { Grammar, Translate, Unit } from './unit.ts';
import { type Writings, writeApart, writeWhole } from './writings.ts';

const GRAMMARS: Readonly<Record<Exclude<Format, 'text'>, Grammar>> = { markdown, html, srt, vtt };

export type DocumentOptions = {
  readonly format: Format;
  /** The language of the document, such as 'de': its abbreviations end no sentence. Default: those of all languages. */
  readonly from?: string;
  /** Finds where markup goes: `align` of a translator. Without it, marked words are translated by themselves and looked for. */
  readonly align?: Align;
  /** Called with a part that stays as it is because its translation would have changed the document's structure. */
  readonly onWarning?: (warning: { readonly message: string; readonly line: number }) => void;
};

/**
 * A document with its texts translated and everything else, such as markup, code, addresses, time codes and blank lines, as it
 * was. `translate` is, for example, `translateBatch` of a translator, which keeps placeholders such as {x1}.
 * @throws RingformerError 'bad-argument'; 'bad-text' if it is nested too deeply; what `translate` or `align` throws
 */
export async function translateDocument(
  document: string,
  options: DocumentOptions,
  translate: Translate,
): Promise<string> {
  const { format, from, align, onWarning } = options;
  if (typeof document !== 'string' || !formats.includes(format))
    throw new RingformerError(
      'bad-argument',
      `[ringformer/documents] Expected a text and a format, ${formats.join(', ')}; got ${saidOf(document)} and '${format}'.`,
    );
  if (document.startsWith('\ufeff')) return `\ufeff${await translateDocument(document.slice(1), options, translate)}`;
  if (format === 'text') return (await translate([document]))[0] as string;
  const grammar = shallow(GRAMMARS[format]);
  const groups = grammar.units(document, from).flatMap((unit) => groupsOf(unit, document, from));
  const writings = await writeWhole(
    groups.flatMap(({ segments }) => segments),
    translate,
    align,
  );
  const groupOf = new Map(groups.map((group) => [pieceOf(group, writings), group]));
  const { text, left } = await settle(document, grammar, [...groupOf.keys()], async (failed) => {
    const again = failed.map((piece) => groupOf.get(piece) as Group);
    const isOpen = (segment: Segment) => segment.tokens.length > 1 && writings.get(segment)?.isWhole === true;
    const apart = await writeApart(
      again.flatMap(({ segments }) => segments.filter(isOpen)),
      translate,
    );
    const all = new Map([...writings, ...apart]);
    return again.map((group) => (group.segments.some(isOpen) ? pieceOf(group, all).versions : []));
  });
  for (const { from: at } of [...left].sort((a, b) => a.from - b.from)) {
    const line = document.slice(0, at).split(/\r\n|\n|\r/).length;
    onWarning?.({ line, message: `Line ${line} stays as it is: translated, it would change the ${format} around it.` });
  }
  return text;
}

/** The same, with a clear error for what is nested so deeply that its parser gives up. */
function shallow({ units, structure }: Grammar): Grammar {
  const checked =
    <T>(read: (document: string, language?: string) => T) =>
    (document: string, language?: string): T => {
      try {
        return read(document, language);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const message = '[ringformer/documents] This document is nested too deeply to be read.';
        throw new RingformerError('bad-text', message, { cause: error });
      }
    };
  return { units: checked(units), structure: checked((document) => JSON.stringify(structure(document))) };
}

/** What is written as one: a segment, or all of a unit that is laid out. */
type Group = { readonly segments: readonly Segment[]; readonly layOut?: Unit['layOut'] };

function groupsOf(unit: Unit, document: string, language: string | undefined): Group[] {
  const segments = segmentsOf(unit, document, language);
  const isWrapped = segments.some(({ from, to }) => /[\r\n]/.test(document.slice(from, to)));
  if (unit.layOut && isWrapped) return [{ segments, layOut: unit.layOut }];
  return segments.map((segment) => ({ segments: [segment] }));
}

function pieceOf({ segments, layOut = (text) => text }: Group, writings: Writings): Piece {
  const written = segments.map((segment) => writings.get(segment)?.versions as readonly Version[]);
  const count = Math.max(...written.map(({ length }) => length));
  return {
    from: segments[0]?.from as number,
    to: segments.at(-1)?.to as number,
    versions: Array.from(
      { length: count },
      (_, version): Version =>
        (inside) => {
          const texts = written.map((versions, i) => {
            const before = i === 0 ? '' : inside(segments[i - 1]?.to as number, segments[i]?.from as number);
            return before + (versions[Math.min(version, versions.length - 1)] as Version)(inside);
          });
          return layOut(texts.join(''));
        },
    ),
  };
}
