import { copyFileSync, createWriteStream, existsSync, linkSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { whyNot } from '@ringformer/core/base';
import { FailedError } from '../errors.ts';
import { makeFolders } from '../folders.ts';
import { write } from '../io.ts';
import { openTemp, removeStaleTemps } from '../logs/atomic.ts';
import { fileError } from '../logs/file-error.ts';

/** How deep archives put their files. */
const MOST_DEPTH = 5;
const HIDDEN = /^(?:\.|__MACOSX$)/;

/** The files in a folder and below it, without hidden ones; of a folder for which `enter` is false, only itself. */
export async function filesIn(
  folder: string,
  enter: (path: string) => boolean = () => true,
  depth = 0,
): Promise<{ files: string[]; closed: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new FailedError(`${folder} cannot be read: ${whyNot(cause)}.`, { cause });
  });
  const found = { files: [] as string[], closed: [] as string[] };
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (HIDDEN.test(entry.name)) continue;
    if (!entry.isDirectory()) found.files.push(path);
    else if (!enter(path)) found.closed.push(path);
    else if (depth < MOST_DEPTH) {
      const below = await filesIn(path, enter, depth + 1);
      found.files.push(...below.files);
      found.closed.push(...below.closed);
    }
  }
  return found;
}

/** 'a, b, c and 7 more': names of what is there instead. */
export function listed(paths: readonly string[]): string {
  const names = paths.slice(0, 4).map((path) => basename(path));
  const more = paths.length - names.length;
  if (names.length === 0) return 'nothing';
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

/** Puts a file at another place, as a second name of the same bytes where the disk allows it. One that is there already stays. */
export function placeFile(from: string, to: string): void {
  if (existsSync(to)) return;
  makeFolders(dirname(to));
  if (!linked(from, to)) copied(from, to);
}

/** False on another disk, or one without links. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function copied(from: string, to: string): void {
  const temp = openTemp(to);
  try {
    copyFileSync(from, temp.path);
    renameSync(temp.path, to);
    temp.done();
  } catch (cause) {
    temp.remove();
    throw fileError('write', to, cause);
  }
}

/** A file that is written piece by piece and appears when it is kept; several can be kept together. */
export type Pending = { write(text: string): Promise<void>; keep(): Promise<void>; drop(): void };

/** How much text is collected before it is written. */
const PIECE = 1 << 16;

export function pendingFile(target: string): Pending {
  makeFolders(dirname(target));
  removeStaleTemps(dirname(target), basename(target));
  const temp = openTemp(target);
  const stream = createWriteStream(temp.path, { flags: 'wx' });
  const refuse = (cause: unknown): never => {
    throw fileError('write', target, cause);
  };
  stream.on('error', () => {}); // the writes report it
  let text = '';
  const flush = async () => {
    const piece = text;
    text = '';
    if (piece !== '') await write(stream, piece).catch(refuse);
  };
  return {
    async write(more) {
      text += more;
      if (text.length >= PIECE) await flush();
    },
    async keep() {
      await flush();
      stream.end();
      await finished(stream).catch(refuse);
      try {
        renameSync(temp.path, target);
      } catch (cause) {
        refuse(cause);
      }
      temp.done();
    },
    drop() {
      stream.destroy();
      temp.remove();
    },
  };
}
