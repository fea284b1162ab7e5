import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { goldenImage } from '../test/goldens.ts';
import { readBatch } from './batches.ts';
import { openIdx } from './idx.ts';
import { openFile, openImageFolder } from './node.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringformer images '));
afterAll(() => rmSync(folder, { recursive: true }));
const golden = (name: string) => fileURLToPath(new URL(`../test/goldens/${name}`, import.meta.url));

it('takes folders as classes, in a fixed order', async () => {
  const root = join(folder, 'pets');
  for (const name of ['dog/deep', 'cat']) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(golden('420.jpg'), join(root, 'dog/deep/b.JPEG'));
  copyFileSync(golden('clear.webp'), join(root, 'dog/a.webp'));
  copyFileSync(golden('gray.png'), join(root, 'cat/a.png'));
  writeFileSync(join(root, 'cat/notes.txt'), 'not an image');
  const dataset = await openImageFolder(root, { raw: true });
  expect(dataset).toMatchObject({ length: 3, classes: ['cat', 'dog'] });
  expect(await dataset.get(0)).toEqual({ image: goldenImage('decode/gray.png'), label: 0 });
  expect(await dataset.get(1)).toEqual({ image: goldenImage('decode/clear.webp'), label: 1 });
  expect(await dataset.file?.(2)).toMatchObject({ name: 'dog/deep/b.JPEG', label: 1 });
  await expect((await openImageFolder(root, { maxPixels: 9 })).get(0)).rejects.toThrow('more than maxPixels (9)');
  const limited = await openImageFolder(root, { maxPixels: 9 });
  const plain = { size: 1, seed: 1, transform: { steps: [], normalize: 'half' } } as const;
  await expect(readBatch(limited, plain, { epoch: 0, batch: 0 })).rejects.toThrow('more than maxPixels (9)');
  rmSync(join(root, 'dog/a.webp'));
  await expect(dataset.get(1)).rejects.toThrow('it does not exist');
});

it('refuses folders without classes or images', async () => {
  await expect(openImageFolder(join(folder, 'none'))).rejects.toThrow('it does not exist');
  mkdirSync(join(folder, 'empty/class'), { recursive: true });
  await expect(openImageFolder(join(folder, 'empty/class'))).rejects.toThrow('has no folders');
  await expect(openImageFolder(join(folder, 'empty'))).rejects.toThrow('has no .jpg');
});

it('reads files piece by piece', async () => {
  const [images, labels] = [join(folder, 'images'), join(folder, 'labels')];
  writeFileSync(images, Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 8, 9, 10));
  writeFileSync(labels, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6));
  const dataset = await openIdx(await openFile(images), await openFile(labels));
  expect(await dataset.get(1)).toMatchObject({ image: { data: Uint8Array.of(9, 10) }, label: 6 });
  writeFileSync(images, Uint8Array.of(0, 0, 8, 3));
  await expect(dataset.get(1)).rejects.toThrow('it has changed');
  await expect(openFile(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'bad-file' });
});
