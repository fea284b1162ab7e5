import { isInLanguage } from '@ringformer/text';
import { shortly } from './bodies.ts';
import { Refusal } from './failure.ts';
import type { ServedTranslator } from './options.ts';

/** A language that texts may be in, and those they are translated to; as LibreTranslate lists them. */
export type Language = { readonly code: string; readonly name: string; readonly targets: readonly string[] };

/** Languages without names are 'und' (undetermined). */
export const languageOf = (language: string | undefined): string => language?.toLowerCase().split('-')[0] ?? 'und';

export const pairOf = ({ config }: ServedTranslator): { readonly from: string; readonly to: string } => ({
  from: languageOf(config.from),
  to: languageOf(config.to),
});

export function languagesOf(translators: readonly ServedTranslator[]): Language[] {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  const targets = new Map<string, string[]>();
  for (const { from, to } of translators.map(pairOf)) targets.set(from, [...(targets.get(from) ?? []), to]);
  return [...targets].map(([code, to]) => ({ code, name: names.of(code) ?? code, targets: to }));
}

/**
 * The number of the translator for a pair of languages; either may be left out if that leaves no choice. 'auto', and
 * no languages at all, is the language that most of the texts are in; if that is not clear, the first of the translators.
 * @throws Refusal 400 that lists the pairs
 */
export function choosePair(
  translators: readonly ServedTranslator[],
  { from, to }: { readonly from?: string; readonly to?: string },
  texts: readonly string[],
): number {
  const known = translators.map(pairOf);
  const wanted = {
    from: from === 'auto' || !from ? undefined : languageOf(from),
    to: to && languageOf(to),
  };
  let fits = known.flatMap((pair, i) =>
    (wanted.from === undefined || pair.from === wanted.from) && (!wanted.to || pair.to === wanted.to) ? [i] : [],
  );
  if (fits.length > 1) {
    const sources = known.map((pair) => pair.from);
    const inIt = (text: string, i: number) => sources.some((other) => isInLanguage(text, sources[i] as string, other));
    const votes = fits.map((i) => texts.filter((text) => inIt(text, i)).length);
    const most = Math.max(...votes);
    if (most > 0) fits = fits.filter((_, place) => votes[place] === most);
  }
  const [only] = fits;
  if (only !== undefined && (fits.length === 1 || from === 'auto' || (!from && !to))) return only;
  const pairs = known.map((pair) => `${pair.from} → ${pair.to}`).join(', ');
  throw new Refusal(
    400,
    'bad-language',
    fits.length > 1
      ? `Say which languages: this server translates ${pairs}.`
      : `This server translates ${pairs}, not ${shortly(from || 'any language')} → ${shortly(to || 'any language')}.`,
  );
}

/**
 * The languages of the models that a text is clearly in, as LibreTranslate lists them; if there is none, those that are
 * translated from, with no confidence.
 */
export function detectLanguages(
  translators: readonly ServedTranslator[],
  text: string,
): { readonly language: string; readonly confidence: number }[] {
  const pairs = translators.map(pairOf);
  const known = [...new Set(pairs.flatMap(({ from, to }) => [from, to]))];
  const clear = known.filter((one) => known.some((other) => other !== one && isInLanguage(text, one, other)));
  if (clear.length > 0) return clear.map((language) => ({ language, confidence: 100 }));
  return [...new Set(pairs.map(({ from }) => from))].map((language) => ({ language, confidence: 0 }));
}
