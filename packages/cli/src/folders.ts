import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileError } from './logs/file-error.ts';

/** Makes a folder and those around it. Returns the ones that were not there, the innermost first. @throws RingformerError 'bad-file' */
export function makeFolders(folder: string): string[] {
  const target = resolve(folder);
  try {
    const outermost = mkdirSync(target, { recursive: true });
    if (outermost === undefined) return [];
    const made: string[] = [];
    for (let each = target; each.length >= outermost.length && each !== dirname(each); each = dirname(each))
      made.push(each);
    return made;
  } catch (cause) {
    throw fileError('make the folder', folder, cause);
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
