import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderStore } from './folder-store.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'batch store '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const text = async (bytes: Promise<Uint8Array | undefined>) =>
  (await bytes) && Buffer.from((await bytes) as Uint8Array).toString();

test('of many that create the same file, one does, and its content stays', async () => {
  const folder = scratch();
  const stores = Array.from({ length: 20 }, () => folderStore(folder));
  const created = await Promise.all(stores.map((store, i) => store.create('done/1.json', `${i}`)));
  const winner = created.indexOf(true);
  expect(created.filter(Boolean)).toHaveLength(1);
  const [store] = stores as [ReturnType<typeof folderStore>];
  expect(await text(store.read('done/1.json'))).toBe(`${winner}`);
  expect(await store.create('done/1.json', 'late')).toBe(false);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

test('reads, replaces, lists and removes', async () => {
  const folder = scratch();
  const store = folderStore(folder);
  expect(await store.read('a/b')).toBeUndefined();
  await store.write('a/b', 'one');
  await store.write('a/b', 'two');
  const parts: Uint8Array[] = [];
  for await (const part of await store.stream('a/b', { start: 1, end: 3 })) parts.push(part);
  expect([await text(store.read('a/b')), Buffer.concat(parts).toString()]).toEqual(['two', 'wo']);
  const names: string[] = [];
  for await (const name of store.list('a')) names.push(name);
  for await (const name of store.list('none')) names.push(name);
  expect(names).toEqual(['b']);
  await store.remove('a/b');
  await store.remove('a/b');
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  writeFileSync(join(folder, 'tmp', 'left'), '');
  await store.tidy();
  expect(readdirSync(folder)).toEqual(['a']);
});

test('says what cannot be written and why', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'file'), '');
  const store = folderStore(join(folder, 'file'));
  await expect(store.write('a', '')).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringMatching(/Cannot write .*file\/a: /),
  });
});
