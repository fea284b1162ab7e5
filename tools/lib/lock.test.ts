import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { alone } from './lock.mjs';

const NOBODY = 2 ** 30; // larger than any system's process ids

let folder = '';
let lock = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringformer lock '));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('runs tasks one after the other and leaves no lock', async () => {
  const events: string[] = [];
  const task = (name: string) => async () => {
    events.push(`${name} begins`);
    await sleep(20);
    events.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map((name) => alone(task(name), lock)));
  expect(events).toHaveLength(6);
  for (let i = 0; i < 6; i += 2) expect(events[i]?.[0]).toBe(events[i + 1]?.[0]);
  expect(existsSync(lock)).toBe(false);
});

it('holds the lock under its own process id and releases it after a failure', async () => {
  const failing = alone(() => Promise.reject(new Error(readFileSync(lock, 'utf8'))), lock);
  await expect(failing).rejects.toThrow(String(process.pid));
  expect(existsSync(lock)).toBe(false);
});

it('takes over from a process that has ended', async () => {
  writeFileSync(lock, String(NOBODY));
  expect(await alone(async () => 'done', lock)).toBe('done');
});
