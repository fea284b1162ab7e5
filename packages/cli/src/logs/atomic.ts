import { createHash } from 'node:crypto';
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
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { removeOnExit } from '../cleanup.ts';
import { beganAt, hasProcess } from '../process-id.ts';
import { fileError, systemCode } from './file-error.ts';

/** The target's name, the machine (absent in files of earlier versions) and the process id. */
const TEMP_NAME = /^\.(.+)\.ringformer-(?:([0-9a-f]{6})-)?(\d+)-\d+\.tmp$/;
/** What another machine has not touched for this long is stale; its processes can't be seen from here. */
const STALE_AFTER_MS = 24 * 3_600_000;
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
/** The errors of file systems that cannot flush a directory, and of Windows, which cannot open one. */
const NO_DIRECTORY_SYNC = new Set(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']);

let written = 0;
/** The temporary files and folders that this process is writing. */
const own = new Set<string>();

/** A new name beside `target` for a file or folder that is to become it: `removeStaleTemps` knows it by its name. */
export function tempPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.ringformer-${HOST}-${process.pid}-${written++}.tmp`);
}

/**
 * The same, and it is removed if the process ends before `done` is called; `remove` removes it at once.
 */
export function openTemp(target: string): { readonly path: string; done(): void; remove(): void } {
  const path = tempPath(target);
  own.add(basename(path));
  const forget = removeOnExit(() => removeQuietly(path));
  const done = () => {
    forget();
    own.delete(basename(path));
  };
  return {
    path,
    done,
    remove() {
      done();
      removeQuietly(path);
    },
  };
}

/**
 * Writes a file so that a reader, or a run killed at any moment, finds the old content or the new, never a part. The bytes
 * go to a temporary file beside it, which is flushed to disk and renamed. A symbolic link is followed. On failure the old
 * file is unchanged and the temporary file is gone.
 * @throws RingformerError 'bad-file' with the path, the cause and the remedy.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  const target = followLinks(path);
  const temp = tempPath(target);
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
 * Removes the temporary files and folders that killed processes left in a directory, or only those for `target`; never those
 * of running processes. Call it between writes. Returns the names removed.
 * @throws RingformerError 'bad-file' if the directory cannot be read.
 */
export function removeStaleTemps(directory: string, target?: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw fileError('read the directory', directory, cause);
  }
  const stale = names.filter((name) => {
    const [, of, host, pid] = TEMP_NAME.exec(name) ?? [];
    if (pid === undefined || (target !== undefined && of !== target)) return false;
    return isStale(join(directory, name), host ?? HOST, Number(pid));
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
    rmSync(path, { force: true, recursive: true });
    return true;
  } catch {
    return false; // the first error is the one to report
  }
}

/** What our own process does not remember is of an earlier one: in containers every process has the same id. */
function isStale(path: string, host: string, pid: number): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return false; // gone in the meantime
  if (host !== HOST) return Date.now() - touched > STALE_AFTER_MS;
  if (pid === process.pid) return !own.has(basename(path));
  if (!hasProcess(pid)) return true;
  const began = beganAt(pid);
  return began === undefined ? Date.now() - touched > STALE_AFTER_MS : began > touched + SAME_TIME_MS;
}

/** Clocks of files and processes differ by a little. */
const SAME_TIME_MS = 5000;
