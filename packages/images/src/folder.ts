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

/**
 * The classes of a folder: its folders and links to folders. Links inside are followed too, each folder once per class.
 * @throws RingformerError 'bad-file' if there are no classes, a class has no images, or a link leads nowhere.
 */
export async function listClasses(folder: string): Promise<{ classes: readonly ClassFiles[]; leftOut: LeftOut }> {
  const others: string[] = [];
  let hidden = 0;
  const root = await realpath(folder).catch((cause) => unreadable(folder, cause));

  /** Adds the images below a folder to `found`. `seen`: real paths of folders, so that a link to one above ends. */
  const walk = async (place: string, prefix: string, found: string[], seen: Set<string>): Promise<void> => {
    const real = await realpath(place);
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of await entriesOf(place)) {
      const [name, path] = [prefix + entry.name, join(place, entry.name)];
      if (HIDDEN.test(entry.name)) hidden++;
      else if (await isFolder(entry, path)) await walk(path, `${name}/`, found, seen);
      else if (EXTENSION.test(entry.name)) found.push(name);
      else others.push(path);
    }
  };

  const classes: ClassFiles[] = [];
  const names: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (HIDDEN.test(entry.name)) hidden++;
    else if (await isFolder(entry, join(folder, entry.name))) names.push(entry.name);
    else others.push(join(folder, entry.name));
  }
  if (names.length === 0) refuse('bad-file', `${folder} has no folders. Each class needs one, with its images in it.`);
  for (const name of names.sort()) {
    const files: string[] = [];
    await walk(join(folder, name), '', files, new Set([root]));
    if (files.length === 0) refuse('bad-file', `${join(folder, name)} has no .jpg, .jpeg, .png or .webp files.`);
    classes.push({ name, files: files.sort() });
  }
  return { classes, leftOut: { hidden, others } };
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
