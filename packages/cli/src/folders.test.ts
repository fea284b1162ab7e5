import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../test/cli.ts';
import { makeFolders, removeEmpty } from './folders.ts';
import { newFolder } from './new-folder.ts';

test('folders are made from the outside in, and those that were not there are removed again', () => {
  const root = scratch();
  const made = makeFolders(join(root, 'a/b/c'));
  expect(made).toEqual([join(root, 'a/b/c'), join(root, 'a/b'), join(root, 'a')]);
  expect(makeFolders(join(root, 'a/b'))).toEqual([]);
  writeFileSync(join(root, 'a/file'), '');
  removeEmpty(made);
  expect([existsSync(join(root, 'a')), existsSync(join(root, 'a/b'))]).toEqual([true, false]);
  mkdirSync(join(root, 'real'));
  symlinkSync('real', join(root, 'link'));
  expect(makeFolders(join(root, 'link/in'))).toEqual([join(root, 'link/in')]);
});

test.skipIf(process.platform !== 'linux')('a file system that makes no folders is refused at once', () => {
  expect(() => makeFolders('/proc/ringformer/run')).toThrow(/Cannot make the folder \/proc\/ringformer\/run: /);
});

test('a file, a broken link and a part that is a file are in the way; nothing is left', () => {
  const root = scratch();
  writeFileSync(join(root, 'file'), '');
  symlinkSync('nowhere', join(root, 'link'));
  expect(() => makeFolders(join(root, 'file'))).toThrow('a file is in the way (EEXIST)');
  expect(() => makeFolders(join(root, 'link'))).toThrow('a file is in the way (EEXIST)');
  expect(() => makeFolders(join(root, 'file/in'))).toThrow('a part of its path is a file');
  expect(() => makeFolders(join(root, 'x/y', 'z'.repeat(300)))).toThrow('Cannot make the folder');
  expect(existsSync(join(root, 'x'))).toBe(false);
});

test('what fails within a new folder is said once, of the folder, and nothing is left', () => {
  const root = scratch();
  const target = join(root, 'made/model');
  expect(() => newFolder(target, { 'a.txt': 'a', 'none/b.txt': 'b' })).toThrow(
    new RegExp(`^[^:]*Cannot write ${target}: its directory does not exist \\(ENOENT\\)\\. [^:]*$`),
  );
  expect(existsSync(join(root, 'made'))).toBe(false);
});
