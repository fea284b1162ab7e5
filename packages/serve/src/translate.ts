import { Readable } from 'node:stream';
import { nearest } from '@ringformer/core/base';
import type { Format } from '@ringformer/documents';
import type { BatchOptions, TextWarning } from '@ringformer/seq2seq/engine';
import type { FastifyReply } from 'fastify';
import { type Outcome, QueueFull } from './batcher.ts';
import { checkAmount, type Desk, type Languages, SEARCH, type Search, submitTexts, type Translated } from './desk.ts';
import { translateDocuments } from './documents.ts';
import { type Failure, failureOf, Refusal } from './failure.ts';
import { choosePair } from './languages.ts';
import type { Lease } from './lease.ts';
import { countOutcomes, type Metrics } from './metrics.ts';
import type { ServedTranslator } from './options.ts';
import type { translateBody } from './schemas.ts';

const OWN = ['text', 'format', 'from', 'to', ...SEARCH, 'alternatives', 'sentences', 'stream', 'api_key'];

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
