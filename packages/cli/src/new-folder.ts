import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isRingformerError } from '@ringformer/core/base';
import { FailedError } from './errors.ts';
import { makeFolders, removeEmpty } from './folders.ts';
import { openTemp, removeStaleTemps, writeFileAtomic } from './logs/atomic.ts';
import { fileError } from './logs/file-error.ts';

/** Refuses '-', which means stdout elsewhere: a folder is not written there. @throws FailedError */
export function checkFolderName(output: string): void {
  if (output === '-')
    throw new FailedError(
      '--output is a folder here, so it cannot be - (stdout). Give a name, or ./- for a folder of that name.',
    );
}

/** The absolute path of `output`, which must not exist yet. What a killed process left there is removed. @throws FailedError */
export function newPath(output: string, what: 'file' | 'directory'): string {
  if (what === 'directory') checkFolderName(output);
  const target = resolve(output); // without a slash at its end
  if (existsSync(target)) throw new FailedError(`${target} already exists. Give --output a new ${what}.`);
  if (existsSync(dirname(target))) removeStaleTemps(dirname(target), basename(target));
  return target;
}

/** Makes a folder of files that appears whole or not at all. @throws RingformerError 'bad-file' */
export function newFolder(target: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  const parents = makeFolders(dirname(target));
  const temp = openTemp(target);
  try {
    mkdirSync(temp.path);
    for (const [name, content] of Object.entries(files)) writeFileAtomic(join(temp.path, name), content);
    renameSync(temp.path, target);
    temp.done();
  } catch (cause) {
    temp.remove();
    removeEmpty(parents);
    throw fileError('write', target, isRingformerError(cause) ? cause.cause : cause); // of the folder, not of a file in it
  }
}
