// LibreTranslate's `/translate_file`: a file is sent as a form, and its translation fetched from an address.
import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import { formatOf } from '@ringformer/documents';
import { type FormFile, shortly, utf8 } from './bodies.ts';
import type { Desk } from './desk.ts';
import { translateDocuments } from './documents.ts';
import { Refusal } from './failure.ts';
import type { Lease } from './lease.ts';

/** How long a translated file can be fetched, in milliseconds. */
const KEPT = 600_000;
const ENDINGS = ['.txt', '.md', '.html', '.srt', '.vtt'];

/** Translated files that wait to be fetched; the oldest go first if they take too much. */
export type Shelf = {
  put(file: FormFile): string;
  get(id: string): FormFile | undefined;
};

/** @param room the most bytes of all files */
export function makeShelf(room: number, now: () => number = Date.now): Shelf {
  const files = new Map<string, FormFile & { readonly until: number }>();
  const tidy = () => {
    let left = room;
    for (const [id, { bytes, until }] of [...files].reverse()) {
      left -= bytes.length;
      if (left < 0 || until < now()) files.delete(id);
    }
  };
  return {
    put(file) {
      const id = `${randomUUID()}${extname(file.filename)}`;
      files.set(id, { ...file, until: now() + KEPT });
      tidy();
      return id;
    },
    get(id) {
      tidy();
      return files.get(id);
    },
  };
}

export type FileBody = { readonly file?: unknown; readonly source?: unknown; readonly target?: unknown };

/** `POST /translate_file`. @returns the translated file's place on the shelf; @throws Refusal, QueueFull, the lease's reason */
export async function answerFile(desk: Desk, shelf: Shelf, body: FileBody, lease: Lease): Promise<string> {
  const { file, source, target } = body;
  if (!isFile(file)) throw new Refusal(400, 'bad-request', 'Expected a form with a file, source and target.');
  if (typeof source !== 'string' || typeof target !== 'string')
    throw new Refusal(400, 'bad-request', "source and target: expected languages such as 'de' and 'en'.");
  const ending = extname(file.filename).toLowerCase();
  const format = formatOf(file.filename);
  if (format === 'text' && ending !== '.txt' && ending !== '')
    throw new Refusal(
      400,
      'bad-request',
      `Files that end in ${shortly(ending)} cannot be translated. Expected ${ENDINGS.join(', ')}.`,
    );
  const text = utf8(file.bytes);
  if (text === undefined) throw new Refusal(422, 'bad-file', 'The file is not UTF-8. Convert it first.');
  const [outcome] = await translateDocuments(desk, [text], format, { from: source, to: target }, {}, lease);
  if (!outcome || 'error' in outcome) throw outcome?.error;
  const name = `${file.filename.slice(0, file.filename.length - ending.length)}_${target}${ending || '.txt'}`;
  return shelf.put({ filename: name.replace(/[^\w.-]+/g, '_').slice(-100), bytes: Buffer.from(outcome.value.text) });
}

const isFile = (file: unknown): file is FormFile =>
  typeof file === 'object' && file !== null && 'bytes' in file && Buffer.isBuffer(file.bytes);
