// @ts-check
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cache } from './paths.mjs';

const HEARTBEAT = 2_000; // ms between two signs of life
const STALE = 30_000; // ms without one, after which a lock belongs to nobody

/**
 * Runs `task` while no other process of this clone does. A lock whose owner died is taken over.
 * @template T @param {() => Promise<T>} task @param {string} [file] the lock @returns {Promise<T>}
 */
export async function alone(task, file = join(cache, 'lock')) {
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; !claim(file); ) {
    const owner = orphaned(file);
    if (owner === true) continue;
    if (!told && owner) process.stderr.write(`Waiting for process ${owner}, which is installing or building here…\n`);
    told ||= owner !== undefined;
    await sleep(200);
  }
  const beat = setInterval(() => touch(file), HEARTBEAT);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await task();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/** @param {string} file @returns {boolean} */
function claim(file) {
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a lock that nobody holds any more.
 * @param {string} file @returns {number | true | undefined} the owner's process id; true: removed; undefined: it changed meanwhile
 */
function orphaned(file) {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    const age = Date.now() - statSync(file).mtimeMs;
    if (age < STALE && (owner === 0 || alive(owner))) return owner || undefined;
    // Of several waiting processes only one wins the rename.
    const aside = `${file}.${process.pid}`;
    renameSync(file, aside);
    rmSync(aside);
    return true;
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

/** @param {string} file */
function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // removed under us: the run goes on, at worst two installs follow each other
  }
}
