import { isRecord, kindOf, reasonOf } from '@ringformer/core/base';
import type { TranslateOptions, Translation, Translator } from '@ringformer/seq2seq/engine';
import { errorCode } from '../errors.ts';
import { type Chunk, type ChunkOptions, oneLine } from './chunk.ts';
import { lineWarnings } from './warnings.ts';

/** The most bytes of a line of JSON. */
export const MAX_JSON_BYTES = 8 * 2 ** 20;

/**
 * Lines of JSON with the member `text` → the same lines with `translation` as well, or with `error` if a line can't be
 * translated. Everything else of a line stays as it is, byte for byte. Blank lines stay blank.
 */
export async function translateJsonChunk(
  translator: Translator,
  { io, json, batchSize, search }: ChunkOptions,
  chunk: Chunk,
  onShare: (share: number) => void,
): Promise<string> {
  const items = chunk.texts.map((line, i) => itemOf(line, chunk.bad?.get(chunk.first + i)));
  const warnings = lineWarnings();
  let open = items.flatMap((item, at) => ('text' in item ? [{ at, text: item.text }] : []));
  const found = new Map<number, Translation>();
  const failed = new Map<number, string>();
  while (open.length > 0) {
    const some = open;
    const options: TranslateOptions = {
      ...search,
      signal: io.signal,
      onWarning: (warning) => warnings.onWarning({ ...warning, text: some[warning.text]?.at as number }),
    };
    try {
      const results = await translator.translateDetailed(
        some.map(({ text }) => text),
        { ...options, batchSize, onProgress: ({ done, total }) => onShare(done / total) },
      );
      for (const [i, result] of results.entries()) found.set(some[i]?.at as number, result);
      open = [];
    } catch (error) {
      if (errorCode(error) !== 'bad-text') throw error;
      const { text } = (error as { cause: { text: number } }).cause;
      failed.set(some[text]?.at as number, reasonOf(error)); // the others are translated without it
      open = some.filter((_, i) => i !== text);
    }
  }
  return chunk.texts
    .map((line, i) => {
      const item = items[i] as Item;
      const error = 'error' in item ? item.error : failed.get(i);
      if (error !== undefined) return withMembers(line, item, { error });
      const result = found.get(i);
      if (!result || !('text' in item)) return line;
      const translation = /[\r\n]/.test(item.text) ? result.text : oneLine(result.text);
      const { confidence, corrected } = result;
      const warning = warnings.of(i);
      return withMembers(line, item, {
        translation,
        ...(json && { confidence, corrected }),
        ...(warning !== undefined && { warning }),
      });
    })
    .map((line) => `${line}\n`)
    .join('');
}

type Item =
  | { readonly object: Readonly<Record<string, unknown>>; readonly text: string }
  | { readonly object?: Readonly<Record<string, unknown>>; readonly error: string }
  | { readonly blank: true };

function itemOf(line: string, unreadable: string | undefined): Item {
  if (unreadable !== undefined) return { error: unreadable };
  if (line.trim() === '') return { blank: true };
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch (error) {
    return { error: `This line is not JSON: ${(error as Error).message}.` };
  }
  if (!isRecord(object)) return { error: `Expected an object with "text", got ${kindOf(object)}.` };
  const { text } = object;
  if (typeof text === 'string') return { object, text };
  return { object, error: `Expected a text in "text", got ${Object.hasOwn(object, 'text') ? kindOf(text) : 'none'}.` };
}

/** The line with more members at its end; a member that it has already is replaced. */
function withMembers(line: string, item: Item, members: Readonly<Record<string, unknown>>): string {
  const object = 'object' in item ? item.object : undefined;
  const written = JSON.stringify(members);
  if (!object) return written;
  if (Object.keys(members).some((name) => Object.hasOwn(object, name)))
    return JSON.stringify({ ...object, ...members });
  const begin = line.replace(/\s*\}\s*$/, '');
  return Object.keys(object).length === 0 ? written : `${begin},${written.slice(1)}`;
}
