import { type Align, type Alignment, type Hints, type Place, placePairs } from './place.ts';
import { type Plain, plainOf } from './plain.ts';
import type { Segment } from './segments.ts';
import type { Version } from './settle.ts';
import { hasLetters, type Translate } from './unit.ts';
import { inTurn, joined, textsOf } from './write.ts';

/** A segment's translation, in one version or in several with more and more escapes. */
export type Writing = {
  readonly versions: readonly Version[];
  /** Whether it was translated as one, and not text by text. */
  readonly isWhole: boolean;
};
export type Writings = ReadonlyMap<Segment, Writing>;

/** Translates segments as wholes with their markup in place or, if that cannot be found, text by text. */
export async function writeWhole(
  segments: readonly Segment[],
  translate: Translate,
  align: Align | undefined,
): Promise<Writings> {
  const plains = segments.map(plainOf);
  const texts = await translate(plains.map(({ text }) => text));
  const placed = plains.map((plain, i) => placeAll(plain, texts[i] as string, {}));
  const alignments = new Map<number, Alignment>();
  /** Those without a place that may get one: a lost placeholder is not found again. */
  const open = () =>
    segments.flatMap((_, i) =>
      !placed[i] && hasFixed(plains[i] as Plain, texts[i] as string) ? [{ i, plain: plains[i] as Plain }] : [],
    );
  if (align && open().length > 0) {
    const some = open();
    const found = await align(some.map(({ i, plain }) => ({ source: plain.text, target: texts[i] as string })));
    for (const [at, { i, plain }] of some.entries()) {
      const alignment = found[at];
      if (!alignment) continue;
      alignments.set(i, alignment);
      placed[i] = placeAll(plain, texts[i] as string, { alignment });
    }
  }
  const some = open();
  const spans = some.map(({ plain }) => plain.pairs.map(({ from, to }) => plain.text.slice(from, to)));
  const inner = spread(spans, await translate(spans.flat().filter(hasLetters)), hasLetters);
  for (const [at, { i, plain }] of some.entries())
    placed[i] = placeAll(plain, texts[i] as string, { alignment: alignments.get(i), inner: inner[at], guess: true });
  const writings = new Map<Segment, Writing>();
  for (const [i, segment] of segments.entries()) {
    const places = placed[i];
    if (!places) continue;
    const whole = { text: texts[i] as string, places };
    const versions = quotesOf(segment).map((quote) => joined(segment, plains[i] as Plain, whole, quote));
    writings.set(segment, { versions, isWhole: true });
  }
  const apart = await writeApart(
    segments.filter((segment) => !writings.has(segment)),
    translate,
  );
  return new Map([...writings, ...apart]);
}

/** Translates segments text by text. */
export async function writeApart(segments: readonly Segment[], translate: Translate): Promise<Writings> {
  const texts = segments.map(textsOf);
  const translations = spread(texts, await translate(texts.flat()), () => true);
  return new Map(
    segments.map((segment, i) => {
      const versions = quotesOf(segment).map((quote) => inTurn(segment, translations[i] as string[], quote));
      return [segment, { versions, isWhole: false }];
    }),
  );
}

const quotesOf = ({ quote, careful }: Segment) => (careful ? [quote, careful] : [quote]);

const hasFixed = ({ fixed }: Plain, translation: string): boolean =>
  [...fixed.keys()].every((name) => translation.split(name).length === 2);

const placeAll = (plain: Plain, translation: string, hints: Hints): Place[] | undefined =>
  hasFixed(plain, translation) ? placePairs(plain, translation, hints) : undefined;

/** A flat list in the shape of lists of which only some items are in it; the others stay. */
function spread(
  shape: readonly (readonly string[])[],
  flat: readonly string[],
  isIn: (item: string) => boolean,
): string[][] {
  let at = 0;
  return shape.map((items) => items.map((item) => (isIn(item) ? (flat[at++] as string) : item)));
}
