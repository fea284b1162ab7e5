import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch } from '../test/cli.ts';
import { LOCK, lockFolder, lockFolderWithin, ownerElsewhere } from './folder-lock.ts';
import { type ProcessId, thisProcess } from './process-id.ts';

/** A folder that `owner` has locked. */
function lockedBy(owner: Partial<ProcessId>): string {
  const folder = scratch();
  writeFileSync(join(folder, LOCK), JSON.stringify({ ...thisProcess(), ...owner }));
  return folder;
}
const ended = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('lockFolder', () => {
  it('refuses a second writer, and gives the folder back', () => {
    const folder = join(scratch(), 'a', 'run');
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`is in use by process ${process.pid} on ${hostname()}, since 20`);
    lock.check();
    expect(readdirSync(folder)).toEqual([LOCK]);
    writeFileSync(join(folder, 'model'), '');
    lock.release();
    expect(readdirSync(folder)).toEqual(['model']);
    lockFolder(folder).release();
  });

  it('removes the folders that it made if nothing was written', () => {
    const folder = scratch();
    lockFolder(join(folder, 'a', 'b')).release();
    expect(readdirSync(folder)).toEqual([]);
    lockFolder(folder).release();
    expect(existsSync(folder)).toBe(true);
  });

  it.each<[string, () => Partial<ProcessId>]>([
    ['a process that was killed', () => ({ pid: ended() })],
    ['a process before the machine was restarted', () => ({ boot: 'another' })],
    ['a process whose number is in use again', () => ({ began: '1' })],
    ['the same, on systems that do not say when it began', () => ({ boot: undefined, began: undefined, at: 0 })],
  ])('takes over the lock of %s', (_, owner) => {
    const folder = lockedBy(owner());
    const lock = lockFolder(folder);
    lock.check();
    expect(JSON.parse(readFileSync(join(folder, LOCK), 'utf8')).pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual([LOCK]);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('waits for a process that ends, if it is told to, but not for one that goes on', async () => {
    const { signal } = new AbortController();
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 500)']);
    const folder = lockedBy({ pid: child.pid, began: undefined, boot: undefined });
    (await lockFolderWithin(60, folder, signal)).release();
    expect(child.exitCode ?? child.signalCode).not.toBeNull();
    const taken = lockFolder(folder);
    await expect(lockFolderWithin(0.3, folder, signal)).rejects.toThrow('is in use by process');
    await expect(lockFolderWithin(60, folder, AbortSignal.timeout(300))).rejects.toMatchObject({ name: 'AbortError' });
    taken.release();
  });

  it('leaves the lock of another machine alone, and says what to do', () => {
    const folder = lockedBy({ host: 'elsewhere', pid: ended() });
    expect(() => lockFolder(folder)).toThrow(/on elsewhere.*delete .*lock\.json/s);
    expect(readdirSync(folder)).toEqual([LOCK]);
  });

  it('takes over the lock of another machine if it is told to, or knows that its owner has ended', async () => {
    const elsewhere = { host: 'elsewhere', pid: ended() };
    const folder = lockedBy(elsewhere);
    const owner = ownerElsewhere(folder);
    expect(owner).toMatchObject(elsewhere);
    const { signal } = new AbortController();
    await expect(lockFolderWithin(60, folder, signal, { takeOver: false })).rejects.toThrow(
      "This machine can't see whether it is still running. If it isn't, add --take-over.",
    );
    expect(() => lockFolder(folder, { ended: { ...(owner as ProcessId), at: 1 } })).toThrow('on elsewhere');
    lockFolder(folder, { takeOver: true }).release();
    const again = lockedBy(elsewhere);
    lockFolder(again, { ended: ownerElsewhere(again) }).release();
    expect(readdirSync(again)).toEqual([]);
  });

  it('never takes the folder from a process that is running here', () => {
    const folder = scratch();
    const lock = lockFolder(folder);
    expect(ownerElsewhere(folder)).toBeUndefined();
    expect(() => lockFolder(folder, { takeOver: true })).toThrow('Wait for it, stop it, or choose another --output.');
    lock.release();
  });

  it('waits for a lock that is being written, but not for ever', () => {
    const folder = scratch();
    writeFileSync(join(folder, LOCK), '');
    expect(() => lockFolder(folder)).toThrow('in use by a process that has just started');
  });

  it('notices that another process has taken the folder', () => {
    const folder = scratch();
    const lock = lockFolder(folder);
    writeFileSync(join(folder, LOCK), JSON.stringify({ ...thisProcess(), pid: 1 }));
    expect(() => lock.check()).toThrow('Another process has taken');
    lock.release();
    expect(readdirSync(folder)).toEqual([LOCK]);
  });
});
