// The files of an image folder: what is an image of which class, and what is left out.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
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

/** What is left out is collected here. */
type Rest = { hidden: number; readonly others: string[] };

/**
 * The images of a folder, at any depth, as paths below it in the order of their names' code units. Links are followed, each
 * folder once.
 * @throws RingformerError 'bad-file' if it cannot be read, or a link leads nowhere
 */
export async function listImages(folder: string): Promise<{ files: readonly string[]; leftOut: LeftOut }> {
  const rest: Rest = { hidden: 0, others: [] };
  const files: string[] = [];
  await walk(folder, '', files, rest, new Set());
  return { files: files.sort(), leftOut: rest };
}

/**
 * The classes of a folder: its folders and links to folders. Links inside are followed too, each folder once per class.
 * @throws RingformerError 'bad-file' if there are no classes, a class has no images, or a link leads nowhere.
 */
export async function listClasses(folder: string): Promise<{ classes: readonly ClassFiles[]; leftOut: LeftOut }> {
  const rest: Rest = { hidden: 0, others: [] };
  const root = await realpath(folder).catch((cause) => unreadable(folder, cause));
  const names: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (HIDDEN.test(entry.name)) rest.hidden++;
    else if (await isFolder(entry, join(folder, entry.name))) names.push(entry.name);
    else rest.others.push(join(folder, entry.name));
  }
  if (names.length === 0) refuse('bad-file', `${folder} has no folders. Each class needs one, with its images in it.`);
  const classes: ClassFiles[] = [];
  for (const name of names.sort()) {
    const files: string[] = [];
    await walk(join(folder, name), '', files, rest, new Set([root]));
    if (files.length === 0) refuse('bad-file', `${join(folder, name)} has no .jpg, .jpeg, .png or .webp files.`);
    classes.push({ name, files: files.sort() });
  }
  return { classes, leftOut: rest };
}

/** Adds the images below a folder to `found`. `seen`: real paths of folders, so that a link to one above ends. */
async function walk(folder: string, prefix: string, found: string[], rest: Rest, seen: Set<string>): Promise<void> {
  const real = await realpath(folder).catch((cause) => unreadable(folder, cause));
  if (seen.has(real)) return;
  seen.add(real);
  for (const entry of await entriesOf(folder)) {
    const [name, path] = [prefix + entry.name, join(folder, entry.name)];
    if (HIDDEN.test(entry.name)) rest.hidden++;
    else if (await isFolder(entry, path)) await walk(path, `${name}/`, found, rest, seen);
    else if (EXTENSION.test(entry.name)) found.push(name);
    else rest.others.push(path);
  }
}

const entriesOf = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch((cause) => unreadable(folder, cause));

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ELOOP' ? 'a link that leads back to itself' : 'a link to something that does not exist';
    return refuse('bad-file', `${path} is ${why}. Remove it, or restore what it points to.`, cause);
  });
  return found.isDirectory();
}

export function unreadable(path: string, cause: NodeJS.ErrnoException): never {
  const why = cause.code === 'ENOENT' ? 'it does not exist' : cause.message;
  return refuse('bad-file', `Cannot read ${path}: ${why}.`, cause);
}
