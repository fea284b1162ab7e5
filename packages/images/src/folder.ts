// The files of an image folder: what is an image of which class, and what is left out.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRingformerError, type RingformerError } from '@ringformer/core/base';
import { refuse } from './image.ts';

const EXTENSION = /\.(jpe?g|png|webp)$/i;
/** What systems and programs add by themselves: .DS_Store, ._photo.png, .ipynb_checkpoints, __MACOSX, @eaDir. */
const HIDDEN = /^(?:\.|__MACOSX$|@eaDir$)/;

/** Entries of a folder that are not learned from. */
export type LeftOut = {
  /** Hidden files and folders, such as .DS_Store and .ipynb_checkpoints. */
  readonly hidden: number;
  /** Paths of other files: neither JPEG, PNG nor WebP by their names, or beside the classes' folders. */
  readonly others: readonly string[];
};

/** A class's images as paths below its folder, in the order of their names' code units. */
export type ClassFiles = { readonly name: string; readonly files: readonly string[] };

export type ListOptions = {
  /** Called for each link that leads nowhere and each folder below that cannot be read, which are then left out; without it they are errors. */
  readonly onProblem?: ((error: RingformerError) => void) | undefined;
};

/** What is left out is collected here. */
type Rest = ListOptions & { hidden: number; readonly others: string[] };

/**
 * The images of a folder, at any depth, as paths below it in the order of their names' code units. Links are followed, each
 * folder once.
 * @throws RingformerError 'bad-file' if it cannot be read, or a link leads nowhere
 */
export async function listImages(
  folder: string,
  { onProblem }: ListOptions = {},
): Promise<{ files: readonly string[]; leftOut: LeftOut }> {
  const rest: Rest = { hidden: 0, others: [], onProblem };
  const files: string[] = [];
  await walk(folder, '', files, rest, new Set());
  return { files: files.sort(), leftOut: leftOutOf(rest) };
}

/**
 * The classes of a folder: its folders and links to folders. Links inside are followed too, each folder once per class.
 * @throws RingformerError 'bad-file' if there are no classes, a class has no images, or a link leads nowhere.
 */
export async function listClasses(
  folder: string,
  { onProblem }: ListOptions = {},
): Promise<{ classes: readonly ClassFiles[]; leftOut: LeftOut }> {
  const rest: Rest = { hidden: 0, others: [], onProblem };
  const root = await realpath(folder).catch((cause) => unreadable(folder, cause));
  const names: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (HIDDEN.test(entry.name)) rest.hidden++;
    else {
      const kind = await reported(rest, () => kindOf(entry, path));
      if (kind === 'folder') names.push(entry.name);
      else if (kind) rest.others.push(path);
    }
  }
  if (names.length === 0) refuse('bad-file', `${folder} has no folders. Each class needs one, with its images in it.`);
  const classes: ClassFiles[] = [];
  for (const name of names.sort()) {
    const files: string[] = [];
    await walk(join(folder, name), '', files, rest, new Set([root]));
    if (files.length === 0) refuse('bad-file', `${join(folder, name)} has no .jpg, .jpeg, .png or .webp files.`);
    classes.push({ name, files: files.sort() });
  }
  return { classes, leftOut: leftOutOf(rest) };
}

/** Adds the images below a folder to `found`. `seen`: real paths of folders, so that a link to one above ends. */
async function walk(folder: string, prefix: string, found: string[], rest: Rest, seen: Set<string>): Promise<void> {
  const real = await realpath(folder).catch((cause) => unreadable(folder, cause));
  if (seen.has(real)) return;
  seen.add(real);
  for (const entry of await entriesOf(folder)) {
    const [name, path] = [prefix + entry.name, join(folder, entry.name)];
    if (HIDDEN.test(entry.name)) {
      rest.hidden++;
      continue;
    }
    const kind = await reported(rest, () => kindOf(entry, path));
    if (kind === 'folder') await reported(rest, () => walk(path, `${name}/`, found, rest, seen));
    else if (kind === 'file' && EXTENSION.test(entry.name)) found.push(name);
    else if (kind) rest.others.push(path);
  }
}

const leftOutOf = ({ hidden, others }: Rest): LeftOut => ({ hidden, others });

/** What `look` finds; undefined for a problem, if problems are reported. */
async function reported<T>({ onProblem }: ListOptions, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!onProblem || !isRingformerError(error)) throw error;
    onProblem(error);
    return undefined;
  }
}

const entriesOf = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((cause) => unreadable(folder, cause));

/** Pipes, sockets and devices are 'other': reading one could wait for ever. */
async function kindOf(entry: Dirent, path: string): Promise<'folder' | 'file' | 'other'> {
  const found = entry.isSymbolicLink() ? await followed(path) : entry;
  return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
}

const followed = (path: string) =>
  stat(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ELOOP' ? 'a link that leads back to itself' : 'a link to something that does not exist';
    return refuse('bad-file', `${path} is ${why}. Remove it, or restore what it points to.`, cause);
  });

export function unreadable(path: string, cause: NodeJS.ErrnoException): never {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission is denied',
    ENOTDIR: 'it is not a folder',
  };
  const why = words[cause.code ?? ''] ?? cause.message;
  return refuse('bad-file', `Cannot read ${path}: ${why}.`, cause);
}
