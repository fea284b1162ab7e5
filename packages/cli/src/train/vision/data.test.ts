import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { goldenImage } from '@ringformer/test-tools/golden-files';
import { expect, test } from 'vitest';
import { scratch } from '../../../test/cli.ts';
import { openSplit } from './data.ts';

const IMAGE = goldenImage('clear.png');

/** A folder for each class, with as many images as `counts` says. */
function folders(counts: Record<string, number>): string {
  const folder = scratch();
  for (const [name, count] of Object.entries(counts)) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < count; i++) copyFileSync(IMAGE, join(folder, name, `${i}.png`));
  }
  return folder;
}

const names = (split: Awaited<ReturnType<typeof openSplit>>, side: 'train' | 'valid') =>
  Promise.all(Array.from({ length: split[side].length }, async (_, i) => (await split[side].file?.(i))?.name));

test('with folders, the last images of each class are held out, an equal share of each', async () => {
  const split = await openSplit({ data: folders({ a: 6, b: 3 }), validData: '', holdOut: 3 });
  expect(await names(split, 'valid')).toEqual(['a/4.png', 'a/5.png', 'b/2.png']);
  expect(await names(split, 'train')).toEqual(['a/0.png', 'a/1.png', 'a/2.png', 'a/3.png', 'b/0.png', 'b/1.png']);
});

test('holding out every image is refused', async () => {
  const data = folders({ a: 4, b: 4 });
  for (const holdOut of [8, 9])
    await expect(openSplit({ data, validData: '', holdOut })).rejects.toThrow('cannot be held out');
});
