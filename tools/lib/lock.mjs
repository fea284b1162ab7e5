// @ts-check
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cache } from './paths.mjs';

/**
 * Runs `task` while no other process of this clone does: two commands must not install or build into the same folders at
 * once. Written here because it is needed before anything is installed.
 * @template T @param {() => Promise<T>} task @param {string} [file] the lock, which contains its owner's process id @returns
 * {Promise<T>}
 */
export async function alone(task, file = join(cache, 'lock')) {
  mkdirSync(dirname(file), { recursive: true });
  for (let waited = 0; !claim(file); waited += 100) {
    const owner = ownerOf(file);
    if (owner && !alive(owner)) takeAway(file);
    if (owner && waited % 30_000 === 1000) {
      const since = waited > 1000 ? ` (for ${Math.round(waited / 1000)} s so far)` : '';
      process.stderr.write(
        `Waiting for process ${owner}, which is building here${since}. If it isn't, delete ${file}.\n`,
      );
    }
    await sleep(100);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await task();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} file */
function claim(file) {
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** The owner's process id; undefined if the lock is gone or not yet written. @param {string} file */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Of several waiting processes only one wins the rename. @param {string} file */
function takeAway(file) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside);
  } catch {
    // another process was faster
  }
}
