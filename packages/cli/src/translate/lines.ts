import type { Format } from '@ringformer/documents';
import type { Translator } from '@ringformer/seq2seq/engine';
import { UsageError } from '../errors.ts';
import { write } from '../io.ts';
import { type Lines, linesOf } from '../lines.ts';
import { type Engine, openTranslator } from '../model.ts';
import { type Output, withOutput } from '../output.ts';
import { statusLine } from '../status-line.ts';
import { type Chunk, type ChunkOptions, translateChunk } from './chunk.ts';

export type TranslateRequest = ChunkOptions & {
  /** Each is a line. Without any, `files` are read; without those, stdin. */
  readonly texts: readonly string[];
  readonly files: readonly string[];
  /** What the files are; 'auto' goes by their names. */
  readonly format: Format | 'auto';
  readonly output: string | undefined;
  readonly model: string | undefined;
  readonly engine: Engine;
  /** What becomes of a line that cannot be used: it ends the command, or is reported and empty in the output. */
  readonly badLines: 'stop' | 'empty';
};

/** Lines translated at once: enough to batch by length, few enough that output streams. */
const CHUNK = 256;

/** Translates everything that was asked for, in order, line by line. */
export async function translateAll(request: TranslateRequest): Promise<void> {
  const { io, texts, files, model, engine } = request;
  const interactive =
    texts.length === 0 &&
    files.length === 0 &&
    io.stdin.isTTY === true &&
    request.output === undefined &&
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
    await withOutput(request.output, io, async (output) => {
      for (const { files, format } of parts) {
        if (format === 'text') await translateLines(translator, { ...request, ...bad.options, files }, output);
        else {
          const { translateFile } = await import('./document.ts');
          await translateFile(translator, { ...request, file: files[0] as string, format }, output);
        }
      }
    });
    await bad.sum();
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

type Part = { readonly files: readonly string[]; readonly format: Format };

/** Files in order: each document by itself, all files of lines between two documents together. @throws UsageError */
async function partsOf({ texts, files, format, json, nBest }: TranslateRequest): Promise<Part[]> {
  if (format === 'text' || texts.length > 0 || (format === 'auto' && files.length === 0))
    return [{ files, format: 'text' }];
  const { formatOf } = await import('@ringformer/documents');
  const parts: { files: string[]; format: Format }[] = [];
  for (const file of files.length > 0 ? files : ['-']) {
    const own = format === 'auto' ? formatOf(file) : format;
    const last = parts.at(-1);
    if (own === 'text' && last?.format === 'text') last.files.push(file);
    else parts.push({ files: [file], format: own });
  }
  const document = parts.find((part) => part.format !== 'text');
  if (document && (json || nBest !== undefined)) {
    const flag = json ? '--json' : '--n-best';
    const what = `${document.files[0]} is read as ${document.format}, which has no lines`;
    throw new UsageError(`${what}: ${flag} cannot be used. Add --format text to translate it line by line.`);
  }
  return parts;
}

async function translateLines(translator: Translator, request: TranslateRequest, output: Output): Promise<void> {
  const progress = statusLine(request.io);
  const started = performance.now();
  let count = 0;
  try {
    for await (const { texts, first, name } of chunks(request)) {
      const done = count;
      const rate = () => (1000 * count) / (performance.now() - started);
      const result = await translateChunk(translator, request, { texts, first, name }, (share) => {
        count = done + Math.floor(share * texts.length);
        progress.show(`${count} lines, ${rate().toFixed(1)} per second`);
      });
      count = done + texts.length;
      progress.clear();
      await output.write(result);
    }
  } finally {
    progress.clear();
  }
}

async function* chunks({ io, texts, files, onBad }: TranslateRequest): AsyncGenerator<Chunk> {
  if (texts.length > 0) yield* slices({ texts: [...texts], first: 1 }, 'the arguments');
  else {
    for (const file of files.length > 0 ? files : ['-']) {
      for await (const group of linesOf(file, io, { onBad })) yield* slices(group, file === '-' ? 'stdin' : file);
    }
  }
}

/** Lines in chunks that are translated together. */
export function* slices({ texts, first }: Lines, name: string): Generator<Chunk> {
  for (let at = 0; at < texts.length; at += CHUNK) {
    yield { texts: texts.slice(at, at + CHUNK), first: first + at, name };
  }
}
