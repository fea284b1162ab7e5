import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileError, systemCode } from './file-error.ts';

const TEMP_NAME = /^\..+\.ringformer-(\d+)-\d+\.tmp$/;
/** No single write takes this long: an older temporary file is stale even if its process id is in use again. */
const STALE_AFTER_MS = 3_600_000;
/** The errors of file systems that cannot flush a directory, and of Windows, which cannot open one. */
const NO_DIRECTORY_SYNC = new Set(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']);

let written = 0;

/**
 * Writes a file so that a reader, or a run killed at any moment, finds the old content or the new, never a part. The bytes
 * go to a temporary file beside it, which is flushed to disk and renamed. A symbolic link is followed. On failure the old
 * file is unchanged and the temporary file is gone.
 * @throws RingformerError 'bad-file' with the path, the cause and the remedy.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  const target = followLinks(path);
  const temp = join(dirname(target), `.${basename(target)}.ringformer-${process.pid}-${written++}.tmp`);
  try {
    writeFlushed(temp, content);
    renameSync(temp, target);
  } catch (cause) {
    removeQuietly(temp);
    throw fileError('write', path, cause);
  }
  try {
    flushDirectory(dirname(target));
  } catch (cause) {
    throw fileError('flush to the disk', path, cause);
  }
}

/**
 * Removes the temporary files that killed runs left in a directory, but not those of other running processes. Call it
 * between writes, and only for directories that a single machine writes to. Returns the names removed.
 * @throws RingformerError 'bad-file' if the directory cannot be read.
 */
export function removeStaleTemps(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw fileError('read the directory', directory, cause);
  }
  const stale = names.filter((name) => {
    const pid = TEMP_NAME.exec(name)?.[1];
    return pid !== undefined && (!isOtherLiving(Number(pid)) || isOld(join(directory, name)));
  });
  return stale.filter((name) => removeQuietly(join(directory, name)));
}

function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // nothing there yet, or a problem that the write will report
  }
}

function writeFlushed(path: string, content: Uint8Array | string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Without this the rename itself may be lost when the power fails. */
function flushDirectory(directory: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(directory, 'r');
    fsyncSync(handle);
  } catch (cause) {
    if (!NO_DIRECTORY_SYNC.has(systemCode(cause))) throw cause;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function removeQuietly(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false; // the first error is the one to report
  }
}

/** Our own process id counts as dead: writes are synchronous, and in containers every run has the same id. */
function isOtherLiving(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS;
  } catch {
    return false; // gone in the meantime
  }
}
