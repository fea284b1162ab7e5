import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, RingformerError, whyNot } from '@ringformer/core/base';
import type { Store } from './storage.ts';

/** Half-written files, beside the others, so that they can be renamed. */
const TEMP = 'tmp';
/** A write whose temporary file is removed under it is repeated this often. */
const TRIES = 5;
/** What file systems without hard links answer. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);
/** What file systems answer that cannot flush a folder, and Windows, which cannot open one. */
const NO_FLUSH = new Set(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']);

/** A run's store in a folder. A reader finds a file whole or not at all, also after a power cut. */
export function folderStore(folder: string): Store {
  const failed = (action: string, path: string, cause: unknown) =>
    new RingformerError('bad-file', `[ringformer/batch] Cannot ${action} ${path}: ${whyNot(cause)}.`, { cause });

  /** Flushes a temporary file to the disk and gives it its name. */
  async function put(
    name: string,
    content: Uint8Array | string,
    place: (temp: string, path: string) => Promise<boolean>,
  ): Promise<boolean> {
    const path = join(folder, name);
    for (let attempt = 1; ; attempt++) {
      try {
        return await putOnce(path, content, place);
      } catch (cause) {
        // Another worker may have tidied up: the half-written file is gone with its folder.
        if (codeOf(cause) !== 'ENOENT' || attempt === TRIES) throw failed('write', path, cause);
      }
    }
  }

  async function putOnce(
    path: string,
    content: Uint8Array | string,
    place: (temp: string, path: string) => Promise<boolean>,
  ): Promise<boolean> {
    const temp = join(folder, TEMP, randomUUID());
    try {
      await mkdir(dirname(path), { recursive: true });
      await mkdir(dirname(temp), { recursive: true });
      const file = await open(temp, 'wx');
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      const placed = await place(temp, path);
      await flush(dirname(path));
      return placed;
    } finally {
      await rm(temp, { force: true }).catch(() => {});
    }
  }

  return {
    uri: folder,
    async read(name) {
      try {
        return await readFile(join(folder, name));
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return undefined;
        throw failed('read', join(folder, name), cause);
      }
    },
    stream: (name, { start = 0, end = Number.POSITIVE_INFINITY } = {}) =>
      createReadStream(join(folder, name), { start, ...(Number.isFinite(end) && { end: end - 1 }) }),
    async write(name, content) {
      await put(name, content, async (temp, path) => {
        await rename(temp, path);
        return true;
      });
    },
    create: (name, content) => put(name, content, placeNew),
    async *list(within) {
      try {
        for await (const entry of await opendir(join(folder, within))) yield entry.name;
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT') throw failed('read', join(folder, within), cause);
      }
    },
    async remove(name) {
      await rm(join(folder, name), { force: true }).catch((cause) => {
        throw failed('remove', join(folder, name), cause);
      });
    },
    tidy: () => rm(join(folder, TEMP), { recursive: true, force: true }).catch(() => {}),
  };
}

/** A link is made or not made at once, on network file systems too. */
async function placeNew(temp: string, path: string): Promise<boolean> {
  try {
    await link(temp, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return (await stat(temp)).nlink === 2; // the server's answer may have been lost
    if (!NO_LINKS.has(codeOf(cause))) throw cause;
  }
  if (await stat(path).catch(() => undefined)) return false;
  await rename(temp, path); // no links here: of two at the same moment, one replaces the other's whole file
  return true;
}

async function flush(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    if (!NO_FLUSH.has(codeOf(cause))) throw cause;
  }
}
