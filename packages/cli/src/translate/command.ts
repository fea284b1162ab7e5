import type { TranslateOptions } from '@ringformer/seq2seq/engine';
import { defineCommand } from 'citty';
import { encodingOf } from '../encoding.ts';
import { UsageError } from '../errors.ts';
import {
  choice,
  commonArgs,
  engineArgs,
  everyValue,
  negativeFlags,
  number,
  optionalNumber,
  scan,
  toggle,
} from '../flags.ts';
import type { Io } from '../io.ts';
import { modelFor } from '../kinds.ts';
import type { Engine } from '../model.ts';
import type { TranslateRequest } from './lines.ts';

/** How to search for a translation. */
export const searchArgs = {
  beam: number('beam width, also written --beams; 1 is greedy search', {
    min: 1,
    max: 64,
    whole: true,
    default: '4',
    also: 'beams',
  }),
  'length-penalty': number("exponent of the length penalty (default: the model's own)", { min: 0, max: 10 }),
  'no-repeat': number(
    'no N tokens in a row twice in a sentence, unless the source repeats itself; 0: off (default: 2, or 3 for long sentences)',
    { min: 0, whole: true },
  ),
  raw: toggle('take the likeliest translation, without regard to numbers, and for single words too'),
  'max-length': number('longest translation, in tokens (default: depends on the source)', { min: 1, whole: true }),
  levels: {
    type: 'string',
    description: 'use only the first levels, such as 3, or 6+3 for encoder and decoder (default: all)',
    valueHint: 'N|N+N',
  },
  from: {
    type: 'string',
    description: "language of the texts, such as de (default: the model's)",
    valueHint: 'LANGUAGE',
  },
  to: { type: 'string', description: "language of the translations (default: the model's)", valueHint: 'LANGUAGE' },
  strict: toggle('stop at a sentence that is too long, instead of translating it in parts'),
  'batch-size': number('sentences decoded together', { min: 1, max: 4096, whole: true, default: '32' }),
  ...engineArgs,
} as const;

type SearchArgs = { readonly [name in Exclude<keyof typeof searchArgs, 'raw' | 'strict'> | 'backend']?: string } & {
  readonly raw?: boolean;
  readonly strict?: boolean;
};

/** Texts of one command line for which a quick start matters more than speed. */
const FEW = 8;
/** The most threads of the wasm engine. */
const MOST_THREADS = 8;

/** How to search, from the flags. @throws UsageError */
export function searchOf(given: SearchArgs): Omit<TranslateOptions, 'signal'> {
  const levels = given.levels === undefined ? undefined : /^(\d+)(?:\+(\d+))?$/.exec(given.levels);
  if (levels === null) throw new UsageError(`--levels is '${given.levels}'; expected a number, or two as in 6+3.`);
  return {
    beams: Number(given.beam),
    lengthPenalty: optionalNumber(given['length-penalty']),
    noRepeat: optionalNumber(given['no-repeat']),
    raw: given.raw === true,
    maxLength: optionalNumber(given['max-length']),
    ...(given.from === undefined ? {} : { from: given.from }),
    ...(given.to === undefined ? {} : { to: given.to }),
    ...(given.strict === true ? { strict: true } : {}),
    ...(levels ? { levels: { encoder: Number(levels[1]), decoder: Number(levels[2] ?? levels[1]) } } : {}),
  };
}

/** What computes, from the flags. @throws UsageError for flags that the engine cannot use */
export function engineOf(given: SearchArgs): Engine {
  const { engine, precision } = given as Pick<Engine, 'engine' | 'precision'>;
  const threads = optionalNumber(given.threads) ?? 'auto';
  if (engine === 'onnx' && precision !== 'auto' && precision !== 'f32') {
    throw new UsageError(
      `--precision is '${precision}', but the engine onnx computes in f32. Leave it out, or use --engine wasm.`,
    );
  }
  if (engine !== 'onnx' && given.providers !== undefined) {
    throw new UsageError('--providers only works with --engine onnx.');
  }
  if (engine !== 'onnx' && threads !== 'auto' && threads > MOST_THREADS) {
    throw new UsageError(`--threads is '${threads}'; expected at most ${MOST_THREADS}, except with --engine onnx.`);
  }
  return {
    backend: given.backend as Engine['backend'],
    engine,
    threads,
    precision,
    ...(given.providers === undefined ? {} : { providers: given.providers.split(',').map((name) => name.trim()) }),
  };
}

const args = {
  'text…': {
    type: 'positional',
    required: false,
    description: 'texts to translate, one line each; put sentences in quotes (- for stdin)',
  },
  file: {
    type: 'string',
    alias: 'f',
    description: 'file to translate (- for stdin); repeatable',
    valueHint: 'FILE',
    repeatable: true,
  },
  format: choice(
    'what files are: of markdown, html, srt and vtt only the texts are translated, of csv and tsv the columns that --column names, of jsonl the member text (auto: as the name ends)',
    ['auto', 'text', 'markdown', 'html', 'srt', 'vtt', 'csv', 'tsv', 'jsonl'],
    'auto',
  ),
  column: {
    type: 'string',
    description: 'column of a table to translate, by its name or its number from 1; repeatable',
    valueHint: 'NAME|N',
    repeatable: true,
  },
  'no-header': toggle('the first row of a table has no names of columns: translate it, too'),
  'bad-lines': choice(
    'what becomes of a line that is not UTF-8 or longer than 64 KiB: an error, or an empty line and a message',
    ['stop', 'empty'],
    'stop',
  ),
  encoding: {
    type: 'string',
    description: 'what files and output are written in, such as latin1, windows-1252 or utf-16 (default: utf-8)',
    valueHint: 'NAME',
  },
  output: { type: 'string', alias: 'o', description: 'write to this file, whole or not at all', valueHint: 'FILE' },
  resume: toggle('with --output: go on after what an earlier run has done, and keep what this one does'),
  'n-best': number('print the N best translations as line, score, text', { min: 1, max: 64, whole: true }),
  ...searchArgs,
  ...commonArgs,
} as const;

/** `ringformer translate`: arguments, files, a pipe or, on a terminal, a prompt. */
export const translateCommand = defineCommand({
  meta: { name: 'translate', description: 'Translate arguments, files or a pipe, line by line' },
  args,
  async run({ args: given, rawArgs, data }) {
    const scanned = scan(rawArgs, args);
    const stdin = scanned.positionals.join() === '-'; // as in other programs
    const texts = stdin ? [] : scanned.positionals;
    const files = [...everyValue(scanned, 'file'), ...(stdin ? ['-'] : [])];
    if (texts.length > 0 && files.length > 0) {
      throw new UsageError('Give texts or --file, not both. See ringformer translate --help.');
    }
    if (texts.length > 0 && given.format !== 'auto' && given.format !== 'text')
      throw new UsageError('--format is for files and pipes. See ringformer translate --help.');
    if (texts.length > 0 && given.encoding !== undefined && given.output === undefined)
      throw new UsageError('--encoding is for files and pipes. See ringformer translate --help.');
    const { translateAll } = await import('./lines.ts');
    await translateAll({
      io: data as Io,
      texts,
      files,
      format: given.format as TranslateRequest['format'],
      columns: everyValue(scanned, 'column'),
      header: !scanned.flags.some(({ name }) => name === 'no-header'),
      badLines: given['bad-lines'] as TranslateRequest['badLines'],
      encoding: given.encoding === undefined ? undefined : encodingOf(given.encoding),
      output: given.output,
      resume: given.resume === true,
      model: modelFor(given),
      engine: { ...engineOf(given), brief: texts.length > 0 && texts.length <= FEW },
      json: given.json === true,
      nBest: optionalNumber(given['n-best']),
      batchSize: Number(given['batch-size']),
      search: searchOf({ ...given, ...negativeFlags(rawArgs, args) }),
    });
  },
});
