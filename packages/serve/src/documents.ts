import { type DocumentOptions, type Format, translateDocument } from '@ringformer/documents';
import { type Outcome, QueueFull } from './batcher.ts';
import {
  checkAmount,
  type Desk,
  type Languages,
  type Search,
  submitTexts,
  type Translated,
  type Warning,
} from './desk.ts';
import type { DocumentTranslator } from './documents-in-thread.ts';
import { choosePair, pairOf } from './languages.ts';
import type { Lease } from './lease.ts';
import { countOutcomes } from './metrics.ts';
import type { ServedTranslator } from './options.ts';

/** A translated document; `from` is the language it was found to be in. */
export type TranslatedDocument = Pick<Translated, 'text' | 'warnings'> & { readonly from: string };

/** `translateTexts` for documents, in which only the texts are translated. */
export async function translateDocuments(
  desk: Desk,
  documents: readonly string[],
  format: Format,
  languages: Languages,
  search: Search,
  lease: Lease,
): Promise<Outcome<TranslatedDocument>[]> {
  const { settings } = desk;
  checkAmount(documents, settings);
  if (desk.documents + documents.length > settings.queue) throw new QueueFull(1);
  desk.documents += documents.length;
  try {
    return await Promise.all(
      documents.map(async (document) => {
        try {
          return { value: await translateOne(desk, document, format, languages, search, lease) };
        } catch (error) {
          if (error instanceof QueueFull || lease.signal.aborted) throw error;
          return { error };
        }
      }),
    );
  } finally {
    desk.documents -= documents.length;
  }
}

async function translateOne(
  desk: Desk,
  document: string,
  format: Format,
  languages: Languages,
  search: Search,
  { signal }: Lease,
): Promise<TranslatedDocument> {
  const { translators, aligners, settings, metrics } = desk;
  const { maxItems } = settings;
  const sources = new Set(translators.map((translator) => pairOf(translator).from));
  let at: number | undefined;
  const warnings: Warning[] = [];
  const options: DocumentOptions & { readonly signal: AbortSignal } = {
    format,
    from: sources.size === 1 ? [...sources][0] : languages.from === 'auto' ? undefined : languages.from,
    signal,
    onWarning: (warning) => warnings.push({ kind: 'structure', ...warning }),
    ...(aligners.some((aligner) => aligner) && {
      align: async (pairs) => {
        const aligner = aligners[at as number];
        if (!aligner) return pairs.map(() => undefined);
        return valuesOf(await inParts(pairs, maxItems, (some) => aligner.submit(some, {}, signal, true)));
      },
    }),
  };
  const translate = settings.translateDocument ?? hereAndNow;
  const text = await translate(document, options, async (texts) => {
    const isFirst = at === undefined;
    at ??= choosePair(translators, languages, texts);
    const pair = at;
    const outcomes = await inParts(texts, maxItems, (some, i) =>
      submitTexts(desk, pair, some, search, signal, !isFirst || i > 0),
    );
    countOutcomes(metrics, 'translate', outcomes);
    return valuesOf(outcomes).map((found) => found.text);
  });
  const { from } = pairOf(translators[at ?? choosePair(translators, languages, [])] as ServedTranslator);
  return { text, from, ...(warnings.length > 0 && { warnings }) };
}

const hereAndNow: DocumentTranslator = (document, { signal: _, ...options }, translate) =>
  translateDocument(document, options, translate);

/** @throws the first error */
function valuesOf<T>(outcomes: readonly Outcome<T>[]): T[] {
  return outcomes.map((outcome) => {
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  });
}

/** Works through a list, at most so many at a time. */
async function inParts<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (some: readonly Item[], at: number) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const done: Result[] = [];
  for (let at = 0; at < items.length; at += most) done.push(...(await work(items.slice(at, at + most), at)));
  return done;
}
