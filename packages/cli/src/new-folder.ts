import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FailedError } from './errors.ts';
import { writeFileAtomic } from './logs/atomic.ts';
import { fileError } from './logs/file-error.ts';

/** The absolute path of `output`, which must not exist yet. @throws FailedError */
export function newPath(output: string, what: 'file' | 'directory'): string {
  const target = resolve(output); // without a slash at its end
  if (existsSync(target)) throw new FailedError(`${target} already exists. Give --output a new ${what}.`);
  return target;
}

/** Makes a folder of files that appears whole or not at all. @throws RingformerError 'bad-file' */
export function newFolder(target: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  const place = `${target}.${process.pid}.tmp`;
  try {
    mkdirSync(place, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileAtomic(join(place, name), content);
    renameSync(place, target);
  } catch (cause) {
    rmSync(place, { recursive: true, force: true });
    throw fileError('write', target, cause);
  }
}
