import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { type RingformerError, reasonOf } from '@ringformer/core/base';
import { listImages } from '@ringformer/images/node';
import { FailedError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import { notImages } from '../left-out.ts';
import { readInput } from '../open-input.ts';

/** An image to be read when its turn comes. */
export type Source = { readonly name: string; readonly bytes: () => Promise<Uint8Array> };

/** How images begin: JPEG, PNG, WebP; and GIF, TIFF, so that they are refused as what they are. */
const IMAGE = /^(?:\xff\xd8\xff|\x89PNG|RIFF|GIF8|II\*\0|MM\0\*)/;
const MOST_PATH = 65_536;

/**
 * The images that arguments name: files, folders with everything below them, and '-', stdin. It may hold the bytes of one image,
 * or paths, one per line or each ended by a zero byte (`find -print0`); of these, no more are read than needed.
 */
export async function* sourcesOf(
  given: readonly string[],
  io: Pick<Io, 'stdin' | 'stderr' | 'signal'>,
): AsyncGenerator<Source> {
  for (const path of given) {
    if (path !== '-') yield* sourcesAt(path, io);
    else yield* sourcesOfStdin(io);
  }
}

async function* sourcesAt(path: string, { stderr, signal }: Pick<Io, 'stderr' | 'signal'>): AsyncGenerator<Source> {
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    yield { name: path, bytes: () => readInput(path, signal) };
    return;
  }
  const fails = (why: string): Source => ({
    name: path,
    bytes: () => Promise.reject(new Error(why)),
  });
  const problems: RingformerError[] = [];
  const onProblem = (error: RingformerError) => void problems.push(error);
  const found = await listImages(path, { onProblem }).catch((error) => reasonOf(error).replace(/\.$/, ''));
  if (typeof found === 'string') return yield fails(found);
  const { others } = found.leftOut;
  if (others.length > 0) await write(stderr, `ringformer: ${notImages(others)}\n`);
  for (const problem of problems)
    yield { name: path, bytes: () => Promise.reject(new FailedError(reasonOf(problem), { cause: problem })) };
  if (found.files.length + problems.length === 0) yield fails('this folder has no .jpg, .jpeg, .png or .webp files');
  for (const file of found.files) yield { name: join(path, file), bytes: () => readFile(join(path, file)) };
}

async function* sourcesOfStdin({
  stdin,
  stderr,
  signal,
}: Pick<Io, 'stdin' | 'stderr' | 'signal'>): AsyncGenerator<Source> {
  const chunks = addAbortSignal(signal, stdin)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let start: Uint8Array = Buffer.alloc(0);
  while (start.length < 12) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  if (start.length === 0) throw new FailedError('Nothing came from stdin: expected an image, or paths of images.');
  const text = Buffer.from(start).toString('latin1');
  if (IMAGE.test(text)) {
    const parts = [start];
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) parts.push(next.value);
    const bytes = Buffer.concat(parts);
    yield { name: 'stdin', bytes: async () => bytes };
    return;
  }
  const separator = start.includes(0) ? 0 : 10;
  for await (const path of pathsOf(start, chunks, separator)) yield* sourcesAt(path, { stderr, signal });
}

/** Paths as they arrive. Lines may end in CRLF; empty ones are passed over. */
async function* pathsOf(
  start: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  separator: number,
): AsyncGenerator<string> {
  let rest = start;
  const pathOf = (bytes: Uint8Array) =>
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .replace(separator ? /\r$/ : /$^/, '');
  for (;;) {
    let from = 0;
    for (let to = rest.indexOf(separator); to >= 0; to = rest.indexOf(separator, from)) {
      const path = pathOf(rest.subarray(from, to));
      if (path !== '') yield path;
      from = to + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > MOST_PATH) {
      throw new FailedError(`A path from stdin is longer than ${MOST_PATH} bytes. Put each path on its own line.`);
    }
    const next = await chunks.next();
    if (next.done) break;
    rest = Buffer.concat([rest, next.value]);
  }
  const last = pathOf(rest);
  if (last !== '') yield last;
}
