import { checkOptions, checkWhole, RingformerError, saidOf } from '@ringformer/core/base';
import type { Transform } from '@ringformer/images';
import type { Translator } from '@ringformer/seq2seq/engine';
import type { Classifier } from '@ringformer/vit/engine';
import type { DocumentTranslator, ImageReader } from './documents-in-thread.ts';

const WHERE = '[ringformer/serve]';

/** What the server answers with. The caller owns them, and disposes of them after `close`. */
export type Models = {
  /** One for each pair of languages. */
  readonly translators?: readonly ServedTranslator[];
  readonly classifier?: ImageModel;
};

/**
 * What the server uses of a translator: any has it, and so have those of `modelsInThread`. Without `align`, which places the
 * markup of documents, marked words are translated by themselves and looked for.
 */
export type ServedTranslator = Pick<Translator, 'config' | 'translateDetailed' | 'nBest' | 'stream' | 'align'>;

/** A classifier and what its images go through first: `transform.json` of its directory. */
export type ImageModel = {
  readonly classifier: Pick<Classifier, 'config' | 'classify'>;
  readonly transform: Transform;
};

export type ServeOptions = {
  /** Texts (sentences or longer) or images computed together. Default 32. */
  readonly batchSize?: number;
  /** How many texts, and how many images, may wait; more are refused with 429 and Retry-After. Default 1,024. */
  readonly queue?: number;
  /** Texts translated as streams at the same time; more are refused with 429. Default 4. */
  readonly streams?: number;
  /** The most characters of a text. Default 20,000. */
  readonly maxText?: number;
  /** The most texts or images of a request. Default 256. */
  readonly maxItems?: number;
  /** The most bytes of a request's body. Default 8 MiB. */
  readonly maxBody?: number;
  /** How long a request may take, in seconds; then it is answered with 504. Default 30. */
  readonly timeout?: number;
  /** How long `close` waits for requests that were accepted, in seconds; then they are answered with 503. Default 30. */
  readonly drain?: number;
  /** Beam width of requests that don't say. Default 4; at most 64. */
  readonly beams?: number;
  /** Tokens that clients prove themselves with: `Authorization: Bearer …`, or `api_key`. Default: everybody may ask. */
  readonly tokens?: readonly string[];
  /** Origins of pages that may ask, or '*'. Default: none but the server's own. */
  readonly origins?: readonly string[] | '*';
  /** Who reads documents: `translateDocument` of `documentsInThread`. Default: this thread, which answers nobody meanwhile. */
  readonly translateDocument?: DocumentTranslator;
  /** Who decodes images: `readImage` of `documentsInThread`. Default: this thread, which answers nobody meanwhile. */
  readonly readImage?: ImageReader;
  /** Where lines of JSON are logged, without any text of the users; false logs nothing. Default: the standard output. */
  readonly log?: false | { write(line: string): void };
};

export type Settings = Required<Omit<ServeOptions, 'log' | 'translateDocument' | 'readImage'>> &
  Pick<ServeOptions, 'log' | 'translateDocument' | 'readImage'>;

/** The widest beam of a request. */
export const MOST_BEAMS = 64;

const WHOLE = {
  batchSize: { initial: 32, most: 4096 },
  queue: { initial: 1024, most: 1_000_000 },
  streams: { initial: 4, most: 1024 },
  maxText: { initial: 20_000, most: 10_000_000 },
  maxItems: { initial: 256, most: 100_000 },
  maxBody: { initial: 8 * 2 ** 20, most: 2 ** 30 },
  beams: { initial: 4, most: MOST_BEAMS },
} as const;
const SECONDS = { timeout: 30, drain: 30 } as const;
const MOST_SECONDS = 86_400;

/** The options with their defaults. @throws RingformerError 'bad-argument' */
export function settingsOf(options: ServeOptions = {}): Settings {
  const whole = Object.keys(WHOLE) as (keyof typeof WHOLE)[];
  const seconds = Object.keys(SECONDS) as (keyof typeof SECONDS)[];
  checkOptions(`${WHERE} options`, options, [
    ...whole,
    ...seconds,
    'tokens',
    'origins',
    'translateDocument',
    'readImage',
    'log',
  ]);
  for (const name of whole) {
    const value = options[name];
    if (value !== undefined) checkWhole(WHERE, name, value, 1, WHOLE[name].most);
  }
  for (const name of seconds) {
    const value = options[name];
    if (value === undefined || (Number.isFinite(value) && value > 0 && value <= MOST_SECONDS)) continue;
    throw new RingformerError(
      'bad-argument',
      `${WHERE} ${name} is ${saidOf(value)}; expected seconds, up to ${MOST_SECONDS}.`,
    );
  }
  const { tokens = [], origins = [], translateDocument, readImage, log } = options;
  if (!Array.isArray(tokens) || tokens.some((token) => typeof token !== 'string' || token.length < 8)) {
    throw new RingformerError(
      'bad-argument',
      `${WHERE} tokens: expected a list of secrets of at least 8 characters each.`,
    );
  }
  if (origins !== '*' && !Array.isArray(origins)) {
    throw new RingformerError(
      'bad-argument',
      `${WHERE} origins is ${saidOf(origins)}; expected '*' or a list such as ['https://example.org'].`,
    );
  }
  const odd = origins === '*' ? undefined : origins.find((origin) => !isOrigin(origin));
  if (odd !== undefined) {
    const close = typeof odd === 'string' && URL.canParse(odd) ? new URL(odd).origin : 'https://example.org';
    throw new RingformerError(
      'bad-argument',
      `${WHERE} ${JSON.stringify(odd)} is not an origin. Expected '${close === 'null' ? 'https://example.org' : close}', without a path.`,
    );
  }
  const numbers = Object.fromEntries(whole.map((name) => [name, options[name] ?? WHOLE[name].initial]));
  const times = Object.fromEntries(seconds.map((name) => [name, options[name] ?? SECONDS[name]]));
  return {
    ...(numbers as Record<keyof typeof WHOLE, number>),
    ...(times as typeof SECONDS),
    tokens,
    origins,
    translateDocument,
    readImage,
    log,
  };
}

/** As browsers write it: scheme, host and a port that is not the scheme's own; 'null' for pages without one. */
const isOrigin = (origin: unknown): boolean =>
  origin === 'null' || (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin);
