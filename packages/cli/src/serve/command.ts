import { defineCommand } from 'citty';
import { commonArgs, engineArgs, everyValue, number, scan, toggle } from '../flags.ts';
import type { Io } from '../io.ts';
import { engineOf } from '../translate/command.ts';

const { model, ...otherArgs } = commonArgs;

const args = {
  model: {
    ...model,
    description: 'translation model; repeat it for several pairs of languages (default: the packaged models)',
    repeatable: true,
  },
  classifier: {
    type: 'string',
    description: 'image classifier: directory or package (default: the packaged one, unless --model is given)',
    valueHint: 'MODEL',
  },
  host: {
    type: 'string',
    description: 'address to listen on; 0.0.0.0 or :: is every address of this machine',
    valueHint: 'ADDRESS',
    default: '127.0.0.1',
  },
  port: number('port to listen on; 0 takes a free one', { min: 0, max: 65_535, whole: true, default: '5000' }),
  beam: number("beam width of requests that don't say, also written --beams", {
    min: 1,
    max: 64,
    whole: true,
    default: '4',
    also: 'beams',
  }),
  'batch-size': number('texts or images computed together', { min: 1, max: 4096, whole: true, default: '32' }),
  queue: number('texts and images that may wait; more are refused with 429', { min: 1, whole: true, default: '1024' }),
  streams: number('streams at the same time; more are refused with 429', {
    min: 1,
    max: 1024,
    whole: true,
    default: '4',
  }),
  'max-text': number('most characters of a text', { min: 1, whole: true, default: '20000' }),
  'max-items': number('most texts or images of a request', { min: 1, max: 100_000, whole: true, default: '256' }),
  'max-body': number('most MiB of a request', { min: 0.001, max: 1024, default: '8' }),
  timeout: number('seconds that a request may take; then it is answered with 504', {
    min: 0.1,
    max: 86_400,
    default: '30',
  }),
  drain: number('seconds to finish accepted requests when stopped', { min: 0.1, max: 86_400, default: '30' }),
  'token-file': {
    type: 'string',
    description: 'file of tokens, one on a line, one of which clients must send (also: RINGFORMER_TOKEN)',
    valueHint: 'FILE',
  },
  origin: {
    type: 'string',
    description: "origin of pages that may ask, such as https://example.org, or '*'; may be repeated",
    valueHint: 'ORIGIN',
    repeatable: true,
  },
  quiet: toggle('no log on stdout'),
  ...engineArgs,
  ...otherArgs,
} as const;

/** `ringformer serve`: translation and classification over HTTP. */
export const serveCommand = defineCommand({
  meta: { name: 'serve', description: 'Serve models over HTTP, to LibreTranslate clients too' },
  args,
  async run({ args: given, rawArgs, data }) {
    const scanned = scan(rawArgs, args);
    const { serveModels } = await import('./serve.ts');
    await serveModels({
      io: data as Io,
      models: everyValue(scanned, 'model'),
      classifier: given.classifier,
      engine: engineOf(given),
      tokenFile: given['token-file'],
      quiet: given.quiet === true,
      json: given.json === true,
      options: {
        host: given.host,
        port: Number(given.port),
        beams: Number(given.beam),
        batchSize: Number(given['batch-size']),
        queue: Number(given.queue),
        streams: Number(given.streams),
        maxText: Number(given['max-text']),
        maxItems: Number(given['max-items']),
        maxBody: Math.ceil(Number(given['max-body']) * 2 ** 20),
        timeout: Number(given.timeout),
        drain: Number(given.drain),
        ...originsOf(everyValue(scanned, 'origin')),
      },
    });
  },
});

const originsOf = (origins: readonly string[]) => (origins.includes('*') ? ({ origins: '*' } as const) : { origins });
