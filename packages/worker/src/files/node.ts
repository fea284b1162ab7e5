// Prepares a model's folder for serving, in Node.js: `@ringformer/worker/files/node`.
import { createHash } from 'node:crypto';
import { open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RingformerError } from '@ringformer/core/base';
import { MANIFEST_FORMAT, type Manifest, type ManifestFile, MODEL_FILES } from './manifest.ts';

export { type Manifest, type ManifestFile, readManifest } from './manifest.ts';

/**
 * Describes the files of a model's folder: those in `roles`, or by default whichever of config.json, model.safetensors,
 * tokenizer.json and transform.json exist.
 * @throws RingformerError 'bad-file' if a named file is missing, or the folder has none of the default ones.
 */
export async function makeManifest(folder: string, roles?: Readonly<Record<string, string>>): Promise<Manifest> {
  const there = await readdir(folder).catch((cause: Error) => {
    throw new RingformerError('bad-file', `[ringformer/worker] ${folder} cannot be read: ${cause.message}.`, { cause });
  });
  const wanted = Object.entries(roles ?? MODEL_FILES).filter(([, name]) => roles || there.includes(name));
  if (wanted.length === 0) {
    throw new RingformerError(
      'bad-file',
      `[ringformer/worker] ${folder} has none of ${Object.values(MODEL_FILES).join(', ')}. Pass the names of its files by role.`,
    );
  }
  const files = wanted.map(async ([role, name]) => [role, await describe(folder, name)] as const);
  return { format: MANIFEST_FORMAT, files: Object.fromEntries(await Promise.all(files)) };
}

/** Writes `model.json` into a model's folder, for `openModel`. @throws as `makeManifest` */
export async function writeManifest(folder: string, roles?: Readonly<Record<string, string>>): Promise<Manifest> {
  const manifest = await makeManifest(folder, roles);
  const path = join(folder, 'model.json');
  await writeFile(`${path}.tmp`, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(`${path}.tmp`, path);
  return manifest;
}

/** Read in pieces, because weights may be larger than one buffer. */
async function describe(folder: string, name: string): Promise<ManifestFile> {
  const file = await open(join(folder, name)).catch((cause: Error) => {
    throw new RingformerError(
      'bad-file',
      `[ringformer/worker] ${join(folder, name)} cannot be read: ${cause.message}.`,
      { cause },
    );
  });
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of file.createReadStream()) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { name, size, sha256: hash.digest('hex') };
}
