import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Format } from '@ringformer/documents';
import type { Translator } from '@ringformer/seq2seq/engine';
import { isInLanguage } from '@ringformer/text';
import { type Encoder, type Encoding, encoderOf, NAME_IT, UTF8 } from '../encoding.ts';
import { FailedError, UsageError } from '../errors.ts';
import { write } from '../io.ts';
import { type Lines, linesOf } from '../lines.ts';
import { type Engine, modelPaths, openTranslator } from '../model.ts';
import { type Output, withOutput } from '../output.ts';
import { progressLine, sizeOf } from '../progress-line.ts';
import { type Chunk, type ChunkOptions, translateChunk } from './chunk.ts';
import { type Facts, type Journal, withJournal } from './journal.ts';
import { MAX_JSON_BYTES, translateJsonChunk } from './json-lines.ts';
import { isTable, type TableFormat, tableFormatOf } from './spreadsheet.ts';

/** What a file is: a document, a table, lines of text, or lines of JSON. */
export type FileFormat = Format | TableFormat | 'jsonl';

export type TranslateRequest = ChunkOptions & {
  /** Each is a line. Without any, `files` are read; without those, stdin. */
  readonly texts: readonly string[];
  readonly files: readonly string[];
  /** What the files are; 'auto' goes by their names. */
  readonly format: FileFormat | 'auto';
  /** Of tables: which columns to translate, and whether the first row has their names. */
  readonly columns: readonly string[];
  readonly header: boolean;
  /** What files and output are written in, if it is not UTF-8. */
  readonly encoding: Encoding | undefined;
  readonly output: string | undefined;
  /** Whether to go on after the part of the output that an earlier run has left. */
  readonly resume: boolean;
  readonly model: string | undefined;
  readonly engine: Engine;
  /** What becomes of a line that cannot be used: it ends the command, or is reported and empty in the output. */
  readonly badLines: 'stop' | 'empty';
};

/** Lines translated at once: enough to batch by length, few enough that output streams. */
const CHUNK = 256;

/** Translates everything that was asked for, in order, line by line. */
export async function translateAll(request: TranslateRequest): Promise<void> {
  const { io, texts, files, model, engine, output, encoding } = request;
  if (request.resume) checkResumable(request);
  const interactive =
    texts.length === 0 &&
    files.length === 0 &&
    io.stdin.isTTY === true &&
    output === undefined &&
    encoding === undefined &&
    (request.format === 'auto' || request.format === 'text');
  const translator = await openTranslator(model, engine, io.signal);
  try {
    if (interactive) {
      const { prompt } = await import('./prompt.ts');
      const { maxLength, from, to, strict } = request.search;
      return await prompt(translator, io, { maxLength, from, to, strict });
    }
    const parts = await partsOf(request);
    const bad = badLinesOf(request);
    const encoder = encoding && encoding.name !== UTF8.name ? encoderOf(encoding) : undefined;
    const work = (journal?: Journal) =>
      withOutput(
        output,
        io,
        (to) => translateParts(translator, { ...request, ...bad.options }, parts, { to, encoder, journal }),
        encoder?.encode,
      );
    if (request.resume && output !== undefined) {
      await withJournal(output, await factsOf(request, translator, parts), io, work);
    } else await work();
    await bad.sum();
    if (model === undefined && texts.some((text) => isInLanguage(text, 'en', 'de')))
      await write(io.stderr, 'ringformer: --to de translates from English into German.\n');
    const lost = encoder?.lost() ?? 0;
    if (lost > 0)
      await write(
        io.stderr,
        `ringformer: ${lost} ${lost === 1 ? 'character does' : 'characters do'} not exist in ${encoding?.name} and became question marks. To keep them, convert the input to UTF-8 and leave out --encoding.\n`,
      );
  } finally {
    translator.dispose();
  }
}

/** Reports and counts the lines that cannot be used, if they don't end the command. */
function badLinesOf({ io, badLines }: TranslateRequest) {
  let count = 0;
  const onBad = (_: number, why: string) => {
    count++;
    io.stderr.write(`ringformer: ${why}\n`);
  };
  return {
    options: badLines === 'empty' ? { onBad } : {},
    async sum() {
      if (count === 0) return;
      const lines = count === 1 ? '1 line is' : `${count} lines are`;
      await write(io.stderr, `ringformer: ${lines} empty in the output because of that.\n`);
    },
  };
}

/** @throws UsageError if nothing could be resumed */
function checkResumable({ output, texts }: TranslateRequest): void {
  if (output === undefined) throw new UsageError('--resume needs --output: what is done is kept beside it.');
  if (texts.length > 0) throw new UsageError('--resume is for files and pipes. See ringformer translate --help.');
  if (statSync(output, { throwIfNoEntry: false })?.isFile() === false)
    throw new UsageError(`--resume needs a file as --output, and ${output} isn't one.`);
  if (!existsSync(dirname(output)))
    throw new FailedError(`Cannot write ${output}: its directory does not exist. Create it first, or check the path.`);
}

/** How formats write characters that an encoding lacks. */
const ESCAPES: Partial<Record<FileFormat, (codePoint: number) => string>> = {
  html: (code) => `&#${code};`,
  markdown: (code) => `&#${code};`,
  jsonl: (code) =>
    JSON.stringify(String.fromCodePoint(code))
      .slice(1, -1)
      .replace(/[^\0-\x7f]/g, utf16),
};
const utf16 = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

type Part = { readonly files: readonly string[]; readonly format: FileFormat };

async function translateParts(
  translator: Translator,
  request: TranslateRequest,
  parts: readonly Part[],
  { to, encoder, journal }: { readonly to: Output; readonly encoder?: Encoder; readonly journal?: Journal },
): Promise<void> {
  for (const { files, format } of parts) {
    const output: Output = encoder ? { write: (text) => to.write(encoder.fit(text, ESCAPES[format])) } : to;
    if (format === 'text' || format === 'jsonl')
      await translateLines(translator, { ...request, files, format }, output, journal);
    else {
      const { translateFile } = await import('./document.ts');
      await translateFile(translator, { ...request, file: files[0] as string, format }, output, journal);
    }
  }
}

/** What a run that is resumed must have in common with the one before. */
async function factsOf(
  { model, engine, search, json, nBest, batchSize, encoding, badLines, columns, header }: TranslateRequest,
  { engine: computedBy }: Translator,
  parts: readonly Part[],
): Promise<Facts> {
  const hash = createHash('sha256');
  for (const path of await modelPaths(model, engine)) hash.update(readFileSync(path));
  const { backend, precision, providers } = engine;
  const settings = {
    backend,
    computedBy,
    precision,
    providers,
    search,
    json,
    nBest,
    batchSize,
    badLines,
    columns,
    header,
  };
  const named = Object.entries(settings).map(([name, value]) => [name, JSON.stringify(value) ?? 'default']);
  return {
    journal: '2',
    model: hash.digest('hex'),
    files: JSON.stringify(parts),
    encoding: encoding?.label ?? 'utf-8',
    ...Object.fromEntries(named),
  };
}

/** Files in order: each document by itself, all files of lines between two documents together. @throws UsageError */
async function partsOf({ texts, files, format, json, nBest, columns, header }: TranslateRequest): Promise<Part[]> {
  const noTable = () => {
    if (columns.length > 0 || !header)
      throw new UsageError(
        `${header ? '--column' : '--no-header'} is for tables: files that end in .csv or .tsv, or --format csv or tsv.`,
      );
  };
  if (format === 'text' || texts.length > 0 || (format === 'auto' && files.length === 0)) {
    noTable();
    return [{ files, format: 'text' }];
  }
  const { formatOf } = await import('@ringformer/documents');
  const parts: { files: string[]; format: FileFormat }[] = [];
  for (const file of files.length > 0 ? files : ['-']) {
    const named = () => (/\.(jsonl|ndjson)$/i.test(file) ? 'jsonl' : (tableFormatOf(file) ?? formatOf(file)));
    const own = format === 'auto' ? named() : format;
    const last = parts.at(-1);
    if ((own === 'text' || own === 'jsonl') && last?.format === own) last.files.push(file);
    else parts.push({ files: [file], format: own });
  }
  if (!parts.some(({ format }) => isTable(format))) noTable();
  const document = parts.find((part) => part.format !== 'text' && part.format !== 'jsonl');
  if (document && (json || nBest !== undefined)) {
    const flag = json ? '--json' : '--n-best';
    const what = `${document.files[0]} is read as ${document.format}, not as lines of text`;
    throw new UsageError(`${what}: ${flag} cannot be used. Add --format text to translate it line by line.`);
  }
  const lines = parts.find((part) => part.format === 'jsonl');
  if (lines && nBest !== undefined)
    throw new UsageError(
      `${lines.files[0]} is read as lines of JSON, which get one translation each: --n-best cannot be used.`,
    );
  return parts;
}

async function translateLines(
  translator: Translator,
  request: TranslateRequest & { readonly format: 'text' | 'jsonl' },
  output: Output,
  journal: Journal | undefined,
): Promise<void> {
  const { io, files, texts, format, encoding } = request;
  const size = texts.length > 0 ? undefined : sizeOf(files.length > 0 ? files : ['-']);
  const wide = encoding?.name.startsWith('utf-16') ? 2 : 1;
  const progress = progressLine(io, size && size / wide, request.output !== undefined);
  const began = performance.now();
  let [count, bytes, old] = [0, 0, 0];
  try {
    for await (const chunk of chunks(request, journal !== undefined)) {
      const [done, start] = [count, bytes];
      const length = chunk.texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
      const show = (share: number) => {
        count = done + Math.floor(share * chunk.texts.length);
        const rate = (1000 * (count - old)) / (performance.now() - began);
        progress.show(start + share * length, `${count} lines, ${rate.toFixed(1)} per second`);
      };
      const translate = () =>
        format === 'jsonl'
          ? translateJsonChunk(translator, request, chunk, show)
          : translateChunk(translator, request, chunk, show);
      const where = `${chunk.name}, line ${chunk.first}`;
      const given = [chunk.name, chunk.texts];
      const result = journal ? await journal.run(given, where, translate) : { text: await translate(), isOld: false };
      count = done + chunk.texts.length;
      bytes = start + length;
      if (result.isOld) {
        old = count;
        progress.skip(bytes);
      }
      progress.clear();
      await output.write(result.text);
    }
  } finally {
    progress.clear();
  }
}

/** `isFixed`: in chunks of always the same lines, however the input arrives. */
async function* chunks(
  { io, texts, files, format, encoding, onBad }: TranslateRequest,
  isFixed: boolean,
): AsyncGenerator<Chunk> {
  if (texts.length > 0) yield* slices({ texts: [...texts], first: 1 }, 'the arguments');
  else {
    for (const file of files.length > 0 ? files : ['-']) {
      const bad = new Map<number, string>();
      const json = { most: MAX_JSON_BYTES, onBad: (line: number, why: string) => void bad.set(line, why) };
      const options = { encoding, remedy: NAME_IT, ...(format === 'jsonl' ? json : { onBad }) };
      const groups = linesOf(file, io, options);
      for await (const group of isFixed ? regrouped(groups) : groups)
        for (const chunk of slices(group, file === '-' ? 'stdin' : file)) yield { ...chunk, bad };
    }
  }
}

/** The same lines in groups of CHUNK. */
async function* regrouped(groups: AsyncIterable<Lines>): AsyncGenerator<Lines> {
  let kept: string[] = [];
  let begin = 1;
  for await (const { texts } of groups) {
    kept.push(...texts);
    const whole = kept.length - (kept.length % CHUNK);
    if (whole === 0) continue;
    yield { texts: kept.slice(0, whole), first: begin };
    kept = kept.slice(whole);
    begin += whole;
  }
  if (kept.length > 0) yield { texts: kept, first: begin };
}

/** Lines in chunks that are translated together. */
export function* slices({ texts, first }: Lines, name: string): Generator<Chunk> {
  for (let at = 0; at < texts.length; at += CHUNK) {
    yield { texts: texts.slice(at, at + CHUNK), first: first + at, name };
  }
}
