import { Readable } from 'node:stream';
import { nearest, reasonOf } from '@ringformer/core/base';
import type { Format } from '@ringformer/documents';
import type { BatchOptions, TextWarning, Translation } from '@ringformer/seq2seq/engine';
import type { FastifyReply } from 'fastify';
import { type Batcher, makeBatcher, type Outcome, QueueFull } from './batcher.ts';
import { type Aligner, makeAligner, translateDocuments } from './documents.ts';
import { type Failure, failureOf, Refusal } from './failure.ts';
import { choosePair } from './languages.ts';
import type { Lease } from './lease.ts';
import { countOutcomes, type Metrics, meterOf } from './metrics.ts';
import type { ServedTranslator, Settings } from './options.ts';
import type { translateBody } from './schemas.ts';

/** Members of a request that are options of `Translator.translateBatch`. */
const SEARCH = ['beams', 'lengthPenalty', 'noRepeat', 'levels'] as const satisfies readonly (keyof BatchOptions)[];
const OWN = ['text', 'format', 'from', 'to', ...SEARCH, 'alternatives', 'sentences', 'stream', 'api_key'];

/** `batchSize` texts are computed together with this many beams; with more, fewer texts. */
const USUAL_BEAMS = 4;

/** The characters that are translated together: texts of many sentences don't keep short ones waiting. */
export const BATCH_CHARACTERS = 8000;

/** Texts up to this length don't wait for a longer one that is being translated. */
const LIGHT_CHARACTERS = 1000;

/** A request in the server's own words. */
export type TranslateBody = { readonly [name in keyof (typeof translateBody)['properties']]?: unknown } & {
  readonly text?: string | readonly string[];
  readonly format?: Format;
  readonly from?: string;
  readonly to?: string;
  readonly alternatives?: number;
  readonly sentences?: boolean;
  readonly stream?: boolean;
};

export type Search = Pick<BatchOptions, (typeof SEARCH)[number]> & { readonly alternatives?: number };
export type Translated = Omit<Translation, 'sentences'> &
  Partial<Pick<Translation, 'sentences'>> & {
    readonly alternatives?: readonly { readonly text: string; readonly confidence: number }[];
    readonly warnings?: readonly Warning[];
  };
/** 'structure': a part of a document stays as it is. */
export type Warning = Omit<TextWarning, 'text' | 'kind'> & { readonly kind: TextWarning['kind'] | 'structure' };
type Work = Batcher<string, Search, Translated>;

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

export type Languages = { readonly from?: string; readonly to?: string };

/** Translates the texts of a request; what becomes of each. @throws Refusal, QueueFull, the lease's reason */
export async function translateTexts(
  desk: Desk,
  texts: readonly string[],
  languages: Languages,
  search: Search,
  lease: Lease,
): Promise<Outcome<Translated>[]> {
  const { translators, settings, metrics } = desk;
  checkAmount(texts, settings);
  const byWork = new Map<number, number[]>();
  for (const [i, text] of texts.entries()) {
    const at = choosePair(translators, languages, [text]);
    byWork.set(at, [...(byWork.get(at) ?? []), i]);
  }
  const outcomes: Outcome<Translated>[] = [];
  await Promise.all(
    [...byWork].map(async ([at, places]) => {
      const some = places.map((i) => texts[i] as string);
      const found = await submitTexts(desk, at, some, search, lease.signal);
      places.forEach((place, i) => {
        outcomes[place] = found[i] as Outcome<Translated>;
      });
    }),
  );
  countOutcomes(metrics, 'translate', outcomes);
  return outcomes;
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

/** `POST /translate` with `text`. @throws Refusal, QueueFull, the lease's reason; the error of its only text */
export async function answerOwn(desk: Desk, body: TranslateBody, lease: Lease): Promise<unknown> {
  const { text, format = 'text', from, to, alternatives, sentences = false } = body;
  const search = { ...Object.fromEntries(SEARCH.map((name) => [name, body[name]])), alternatives } as Search;
  const show = ({ sentences: each, from: _, ...found }: Partial<Translated> & { readonly from?: string }) =>
    sentences ? { ...found, sentences: each } : found;
  const texts = typeof text === 'string' ? [text] : (text as readonly string[]);
  if (format !== 'text' && (alternatives || sentences))
    throw new Refusal(
      400,
      'bad-request',
      'A document has no alternatives or sentences. Leave them out, or use format text.',
    );
  if (alternatives && sentences)
    throw new Refusal(400, 'bad-request', 'Expected alternatives or sentences, got both. Leave one out.');
  const outcomes: Outcome<Partial<Translated> & { readonly from?: string }>[] =
    format === 'text'
      ? await translateTexts(desk, texts, { from, to }, search, lease)
      : await translateDocuments(desk, texts, format, { from, to }, search, lease);
  if (typeof text !== 'string') return { translations: outcomes.map((outcome) => shown(outcome, show)) };
  const [outcome] = outcomes as [(typeof outcomes)[number]];
  if ('error' in outcome) throw outcome.error;
  return show(outcome.value);
}

/** An item of an answer: its value, or what failed. */
export function shown<T>(outcome: Outcome<T>, show: (value: T) => object): object {
  return 'error' in outcome ? { error: publicFailure(outcome.error) } : show(outcome.value);
}

export function publicFailure(error: unknown): Failure {
  const { code, message } = failureOf(error);
  return { code, message };
}

/** Milliseconds to send the end of a stream whose time is over; a client that doesn't read would keep its place. */
const LAST_WORDS = 2000;

/** The pieces of a translation as server-sent events. @throws Refusal, QueueFull before the first */
export function answerStream(desk: Desk, body: TranslateBody, lease: Lease, reply: FastifyReply): FastifyReply {
  const { text, format = 'text', from, to, levels, noRepeat } = body;
  if (typeof text !== 'string') throw new Refusal(400, 'bad-request', 'A stream takes one text, not a list.');
  if (format !== 'text')
    throw new Refusal(400, 'bad-request', 'A document cannot be streamed. Leave out stream, or use format text.');
  const odd = ['beams', 'lengthPenalty', 'alternatives', 'sentences'].find((name) => Object.hasOwn(body, name));
  if (odd) throw new Refusal(400, 'bad-request', `${odd} cannot be given for a stream, which is greedy.`);
  checkAmount([text], desk.settings);
  const translator = desk.translators[choosePair(desk.translators, { from, to }, [text])] as ServedTranslator;
  if (desk.streams >= desk.settings.streams) throw new QueueFull(1);
  desk.streams++;
  const release = () => {
    desk.streams--;
    lease.end();
  };
  const options = { levels, noRepeat, signal: lease.signal } as Pick<BatchOptions, 'levels' | 'noRepeat' | 'signal'>;
  const stream = Readable.from(events(translator, text, options, desk.metrics), { objectMode: false });
  stream.once('close', release);
  lease.signal.addEventListener('abort', () => setTimeout(() => stream.destroy(), LAST_WORDS).unref(), { once: true });
  return reply
    .type('text/event-stream; charset=utf-8')
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .send(stream);
}

async function* events(
  translator: ServedTranslator,
  text: string,
  options: Pick<BatchOptions, 'levels' | 'noRepeat' | 'signal'>,
  { items }: Pick<Metrics, 'items'>,
): AsyncGenerator<string, void, void> {
  const warnings: Omit<TextWarning, 'text'>[] = [];
  const onWarning = ({ text: _, ...warning }: TextWarning) => warnings.push(warning);
  let whole = '';
  let outcome = 'gone';
  try {
    for await (const piece of translator.stream(text, { ...options, onWarning })) {
      whole += piece;
      yield `data: ${JSON.stringify({ piece })}\n\n`;
    }
    outcome = 'ok';
    yield `event: done\ndata: ${JSON.stringify({ text: whole, ...(warnings.length > 0 && { warnings }) })}\n\n`;
  } catch (error) {
    const failure = publicFailure(error);
    outcome = failure.code;
    yield `event: error\ndata: ${JSON.stringify({ error: failure })}\n\n`;
  } finally {
    items.inc({ task: 'translate', outcome });
  }
}

/** @throws Refusal 400 for members that nobody reads */
export function checkMembers(body: TranslateBody): void {
  const odd = Object.keys(body).find((name) => !OWN.includes(name));
  if (odd === undefined) return;
  const closest = nearest(odd, OWN);
  throw new Refusal(
    400,
    'bad-request',
    `Unknown member ${JSON.stringify(odd.slice(0, 40))}. ${closest ? `Did you mean ${closest}?` : `Expected ${OWN.join(', ')}.`}`,
  );
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
