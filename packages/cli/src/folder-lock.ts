import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RingformerError } from '@ringformer/core/base';
import { removeOnExit } from './cleanup.ts';
import { makeFolders, removeEmpty } from './folders.ts';
import { tempPath } from './logs/atomic.ts';
import { fileError, systemCode } from './logs/file-error.ts';
import { isRunning, type ProcessId, thisProcess } from './process-id.ts';

/** The file that says which process writes a folder. */
export const LOCK = 'lock.json';

export type FolderLock = {
  /** @throws RingformerError 'lost' if another process has taken the folder. */
  readonly check: () => void;
  /** Gives the folder back; if it did not exist before and nothing was written, it goes too. */
  readonly release: () => void;
};

export type LockOptions = {
  /** Whether to take over the lock of a process on another machine. Leave it out for commands without `--take-over`. */
  readonly takeOver?: boolean | undefined;
  /** A process on another machine that is known to have ended. */
  readonly ended?: ProcessId | undefined;
};

/**
 * Makes a folder if there is none, and takes it for this process alone. The lock of a process that was killed, or that ran
 * before the machine was restarted, is taken over.
 * @throws RingformerError 'bad-file' that names the process which has it, or says why the folder can't be written.
 */
export function lockFolder(folder: string, options: LockOptions = {}): FolderLock {
  const made = makeFolders(folder);
  const path = join(folder, LOCK);
  const content = `${JSON.stringify({ ...thisProcess(), id: randomUUID() })}\n`;
  try {
    take(folder, path, content, options);
  } catch (error) {
    removeEmpty(made);
    throw error;
  }
  const give = () => {
    if (readQuietly(path) === content) rmSync(path, { force: true });
    removeEmpty(made);
  };
  const forget = removeOnExit(give);
  return {
    check() {
      if (readQuietly(path) === content) return;
      throw new RingformerError(
        'lost',
        `Another process has taken ${folder}: its ${LOCK} has changed. This one stops, so that they don't write over each other.`,
      );
    },
    release() {
      forget();
      give();
    },
  };
}

/** The same, but waits up to so many seconds for a process that has the folder to end. @throws the signal's reason too */
export async function lockFolderWithin(
  seconds: number,
  folder: string,
  signal: AbortSignal,
  options: LockOptions = {},
): Promise<FolderLock> {
  const until = performance.now() + 1000 * seconds;
  for (;;) {
    try {
      return lockFolder(folder, options);
    } catch (error) {
      if (performance.now() >= until || !ownerHere(folder)) throw error;
    }
    await pause(PAUSE_MS, undefined, { signal });
  }
}

const PAUSE_MS = 200;

/** Whether a process of this machine has locked the folder: only then is there something to wait for. */
function ownerHere(folder: string): boolean {
  const found = readQuietly(join(folder, LOCK));
  const owner = found === undefined ? undefined : ownerOf(found);
  return found !== undefined && (!owner || isRunning(owner) !== undefined);
}

/** The process on another machine that has locked the folder, if one has. */
export function ownerElsewhere(folder: string): ProcessId | undefined {
  const owner = ownerOf(readQuietly(join(folder, LOCK)) ?? '');
  return owner && isRunning(owner) === undefined ? owner : undefined;
}

/** A lock can disappear or change hands between two looks; this many looks are enough. */
const LOOKS = 20;

function take(folder: string, path: string, content: string, { takeOver, ended }: LockOptions): void {
  for (let look = 0; look < LOOKS; look++) {
    if (createWhole(path, content)) return;
    const found = readQuietly(path);
    if (found === undefined) continue; // just given back
    const owner = ownerOf(found);
    const running = owner ? isRunning(owner) : !isOlderThan(path, HALF_WRITTEN_MS);
    const inUse = running ?? !(takeOver || (ended && JSON.stringify(owner) === JSON.stringify(ended)));
    if (!inUse) removeStale(path, found);
    else throw refusal(folder, owner, running, takeOver !== undefined);
  }
  throw new RingformerError('bad-file', `${folder} cannot be locked: other processes keep taking it. Try again.`);
}

/** Only file systems without links let a reader see a lock before it is written; that takes less than this. */
const HALF_WRITTEN_MS = 10_000;

function refusal(
  folder: string,
  owner: ProcessId | undefined,
  running: boolean | undefined,
  hasFlag: boolean,
): RingformerError {
  const who = owner
    ? `process ${owner.pid} on ${owner.host}, since ${new Date(owner.at).toISOString()}`
    : 'a process that has just started';
  const wait =
    running === undefined
      ? `This machine can't see whether it is still running. If it isn't, ${hasFlag ? 'add --take-over' : `delete ${join(folder, LOCK)} and try again`}.`
      : 'Wait for it, stop it, or choose another --output.';
  return new RingformerError('bad-file', `${folder} is in use by ${who}. ${wait}`);
}

/**
 * Makes a file with all of its content, unless there is one. A link is made or not made by the server at once, even on old
 * network file systems, where opening a file exclusively is not safe.
 */
function createWhole(path: string, content: string): boolean {
  const temp = tempPath(path);
  try {
    writeFileSync(temp, content, { flag: 'wx' });
    try {
      linkSync(temp, path);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return readQuietly(path) === content;
      if (statSync(temp).nlink === 2) return true; // the server's answer was lost
    }
    writeFileSync(path, content, { flag: 'wx' }); // this file system has no links
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return false;
    throw fileError('write', path, cause);
  } finally {
    rmSync(temp, { force: true });
  }
}

/** Removes a lock unless another process has replaced it in the meantime. */
function removeStale(path: string, content: string): void {
  const aside = tempPath(path);
  try {
    renameSync(path, aside);
  } catch {
    return; // another process was faster
  }
  try {
    if (readQuietly(aside) !== content) linkSync(aside, path);
  } catch {} // a third process holds it; the second will notice
  rmSync(aside, { force: true });
}

function ownerOf(content: string): ProcessId | undefined {
  try {
    const { pid, host, at, boot, began } = JSON.parse(content) as Partial<ProcessId>;
    if (typeof pid === 'number' && typeof host === 'string' && typeof at === 'number')
      return { pid, host, at, boot, began };
  } catch {}
  return undefined;
}

function isOlderThan(path: string, milliseconds: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > milliseconds;
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
