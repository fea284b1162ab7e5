import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inStore, type Store } from '@ringformer/batch';
import { listImages } from '@ringformer/images/node';
import { FailedError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import { notImages } from '../left-out.ts';
import { uriOf } from './open-run.ts';

const IMAGE = /\.(jpe?g|png|webp)$/i;

/**
 * Lists of paths, one path on a line, as inputs of a run: what folders and images hold is listed in a file in the store; other
 * files are such lists already.
 */
export async function imageLists(given: readonly string[], store: Store, io: Io): Promise<string[]> {
  const uris: string[] = [];
  let paths: string[] = [];
  const keep = async () => {
    if (paths.length === 0) return;
    const text = paths.map((path) => `${path}\n`).join('');
    const name = `inputs/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.txt`;
    await store.create(name, text);
    uris.push(inStore(name));
    paths = [];
  };
  for (const path of given) {
    if (existsSync(path) && statSync(path).isDirectory()) paths.push(...(await imagesIn(path, io)));
    else if (IMAGE.test(path) && !/^[a-z\d]+:\/\//i.test(path)) paths.push(resolve(path));
    else {
      await keep();
      uris.push(uriOf(path));
    }
  }
  await keep();
  return uris;
}

async function imagesIn(folder: string, { stderr }: Io): Promise<string[]> {
  const { files, leftOut } = await listImages(folder);
  if (leftOut.others.length > 0) await write(stderr, `ringformer: ${notImages(leftOut.others)}\n`);
  if (files.length === 0) throw new FailedError(`${folder} has no .jpg, .jpeg, .png or .webp files.`);
  const broken = files.find((file) => /[\r\n]/.test(file));
  if (broken !== undefined)
    throw new FailedError(`${join(folder, JSON.stringify(broken))} has a line break in its name. Rename it.`);
  return files.map((file) => resolve(folder, file));
}
