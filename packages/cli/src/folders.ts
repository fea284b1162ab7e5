import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileError, systemCode } from './logs/file-error.ts';

/**
 * Makes a folder and those around it. Returns the ones that were not there, the innermost first. One by one, because Node.js'
 * recursive mkdir never ends where the system reports ENOENT although the parent exists, as in /proc.
 * @throws RingformerError 'bad-file'
 */
export function makeFolders(folder: string): string[] {
  const target = resolve(folder);
  const missing: string[] = [];
  for (let each = target; !existsSync(each) && each !== dirname(each); each = dirname(each)) missing.unshift(each);
  const made: string[] = [];
  try {
    for (const each of missing) if (makeFolder(each)) made.unshift(each);
    if (missing.length === 0) makeFolder(target);
    return made;
  } catch (cause) {
    removeEmpty(made);
    throw fileError('make the folder', folder, cause);
  }
}

/** False if it was there already: another process may have made it just now. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST' || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw cause;
    return false;
  }
}

/** Removes these folders, up to the first one that holds something. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
  }
}
