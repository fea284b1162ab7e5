// What the routes that translate share: the translators, and what puts their work together.
import { reasonOf } from '@ringformer/core/base';
import type { Alignment } from '@ringformer/documents';
import type { BatchOptions, TextWarning, Translation } from '@ringformer/seq2seq/engine';
import { type Batcher, makeBatcher, type Outcome } from './batcher.ts';
import { Refusal } from './failure.ts';
import { type Metrics, meterOf } from './metrics.ts';
import type { ServedTranslator, Settings } from './options.ts';

/** Members of a request that are options of `Translator.translateBatch`. */
export const SEARCH = [
  'beams',
  'lengthPenalty',
  'noRepeat',
  'levels',
] as const satisfies readonly (keyof BatchOptions)[];

/** `batchSize` texts are computed together with this many beams; with more, fewer texts. */
const USUAL_BEAMS = 4;

/** The characters that are translated together: texts of many sentences don't keep short ones waiting. */
const BATCH_CHARACTERS = 8000;

/** Texts up to this length don't wait for a longer one that is being translated. */
const LIGHT_CHARACTERS = 1000;

export type Languages = { readonly from?: string; readonly to?: string };
export type Search = Pick<BatchOptions, (typeof SEARCH)[number]> & { readonly alternatives?: number };
export type Translated = Omit<Translation, 'sentences'> &
  Partial<Pick<Translation, 'sentences'>> & {
    readonly alternatives?: readonly { readonly text: string; readonly confidence: number }[];
    readonly warnings?: readonly Warning[];
  };
/** 'structure': a part of a document stays as it is. */
export type Warning = Omit<TextWarning, 'text' | 'kind'> & { readonly kind: TextWarning['kind'] | 'structure' };
type Work = Batcher<string, Search, Translated>;

type Pair = { readonly source: string; readonly target: string };
/** Finds which words of translations come from which words of their sources, in batches. */
export type Aligner = Batcher<Pair, Record<string, never>, Alignment | undefined>;

/** What the routes need to translate. */
export type Desk = {
  readonly translators: readonly ServedTranslator[];
  readonly works: readonly Work[];
  /** Undefined for a translator that cannot say which words come from which. */
  readonly aligners: readonly (Aligner | undefined)[];
  readonly settings: Settings;
  readonly metrics: Pick<Metrics, 'items'>;
  /** How many streams are open. */
  streams: number;
  /** How many documents are being translated, or wait for it. */
  documents: number;
};

export function makeDesk(
  translators: readonly ServedTranslator[],
  settings: Settings,
  metrics: Pick<Metrics, 'items' | 'batchItems' | 'batchSeconds'>,
): Desk {
  const works = translators.map((translator) =>
    makeBatcher<string, Search, Translated>({
      run: (texts, options, signal) => translateAll(translator, texts, options, signal, settings.batchSize),
      weigh: (text) => text.length,
      size: settings.batchSize,
      weight: BATCH_CHARACTERS,
      light: LIGHT_CHARACTERS,
      room: settings.queue,
      onBatch: meterOf(metrics, 'translate'),
    }),
  );
  const aligners = translators.map((translator) => makeAligner(translator, settings, metrics));
  return { translators, works, aligners, settings, metrics, streams: 0, documents: 0 };
}

async function translateAll(
  translator: ServedTranslator,
  texts: readonly string[],
  { alternatives = 0, ...search }: Search,
  signal: AbortSignal,
  batchSize: number,
): Promise<Translated[]> {
  const warnings = texts.map((): Omit<TextWarning, 'text'>[] => []);
  const warn =
    (first: number) =>
    ({ text, ...warning }: TextWarning) =>
      warnings[first + text]?.push({ ...warning, message: reasonOf(new Error(warning.message)) });
  // as many rows as with the usual beam, so that no step takes long: nothing can be stopped within one
  const rows = Math.max(1, Math.floor((batchSize * USUAL_BEAMS) / Math.max(USUAL_BEAMS, search.beams ?? 1)));
  const withWarnings = (found: Translated, i: number): Translated =>
    warnings[i]?.length ? { ...found, warnings: warnings[i] } : found;
  if (alternatives === 0) {
    const found = await translator.translateDetailed(texts, { ...search, signal, batchSize: rows, onWarning: warn(0) });
    return found.map(withWarnings);
  }
  const all: Translated[] = [];
  for (const [i, text] of texts.entries()) {
    const beams = Math.max(search.beams ?? 1, alternatives + 1);
    const [best, ...others] = await translator.nBest(text, { ...search, beams, signal, onWarning: warn(i) });
    const { text: translated = '', confidence = 1 } = best ?? {};
    const rest = others.slice(0, alternatives).map(({ text, confidence }) => ({ text, confidence }));
    all.push(withWarnings({ text: translated, confidence, alternatives: rest }, i));
  }
  return all;
}

/** Undefined for a translator without `align`. */
export function makeAligner(
  translator: ServedTranslator,
  { batchSize, queue }: Settings,
  metrics: Pick<Metrics, 'batchItems' | 'batchSeconds'>,
): Aligner | undefined {
  if (!translator.align) return undefined;
  return makeBatcher({
    run: async (pairs, _, signal) => (await translator.align?.(pairs, { batchSize, signal })) ?? [],
    weigh: ({ source, target }) => source.length + target.length,
    size: batchSize,
    weight: BATCH_CHARACTERS,
    room: queue,
    onBatch: meterOf(metrics, 'align'),
  });
}

/** Translates texts with the translator of this number. @throws QueueFull unless they are of an `accepted` request */
export function submitTexts(
  { works, settings }: Desk,
  at: number,
  texts: readonly string[],
  search: Search,
  signal: AbortSignal,
  accepted = false,
): Promise<Outcome<Translated>[]> {
  const options = { ...search, beams: search.beams ?? settings.beams };
  return (works[at] as Work).submit(texts, options, signal, accepted);
}

/** @throws Refusal 413 */
export function checkAmount(texts: readonly string[], { maxItems, maxText }: Settings): void {
  if (texts.length > maxItems)
    throw new Refusal(413, 'too-large', `${texts.length} texts at once; this server takes ${maxItems}.`);
  const long = texts.findIndex((text) => text.length > maxText);
  if (long < 0) return;
  throw new Refusal(
    413,
    'too-large',
    `Text ${long + 1} has ${texts[long]?.length} characters; this server takes ${maxText}. Send it in parts.`,
  );
}
