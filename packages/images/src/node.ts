// Images from files and folders, in Node.js: `@ringformer/images/node`.
import { open, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ByteSource } from './bytes.ts';
import { checkFiles } from './check-files.ts';
import { checkIndex, type Dataset } from './dataset.ts';
import type { DecodeOptions } from './decode.ts';
import { type LeftOut, type ListOptions, listClasses, unreadable } from './folder.ts';
import { refuse } from './image.ts';
import { decodeNamed } from './job.ts';

export { type LeftOut, type ListOptions, listImages } from './folder.ts';

/**
 * A file that is read piece by piece, for `openIdx` and `openCifar`. It is open only while a piece is read.
 * @throws RingformerError 'bad-file' if it cannot be read.
 */
export async function openFile(path: string): Promise<ByteSource> {
  const { size } = await withFile(path, (file) => file.stat());
  return {
    size,
    read: (start, end) =>
      withFile(path, async (file) => {
        const { bytesRead, buffer } = await file.read(new Uint8Array(end - start), 0, end - start, start);
        if (bytesRead < end - start) refuse('bad-file', `${path} ends at byte ${start + bytesRead}: it has changed.`);
        return buffer;
      }),
  };
}

/** A data set of files, and what was left out. */
export type ImageFolder = Dataset & {
  readonly leftOut: LeftOut;
  /**
   * Looks at every file: all are decoded if they are few, otherwise those that do not begin and end as they should.
   * @throws RingformerError 'bad-file' that names up to ten damaged files; the signal's reason
   */
  check(signal?: AbortSignal): Promise<void>;
};

/**
 * Images in folders named after their classes, at any depth: `folder/class/…/file.jpg`. Links are followed; hidden files and
 * folders are left out. Classes and files come in the order of their names' code units, so that labels are the same
 * everywhere. Files are read one by one, and decoded by `get`.
 * @throws RingformerError 'bad-file' if there are no classes, a class has no images, or a link leads nowhere; `get` throws it
 * if a file is not an image.
 */
export async function openImageFolder(
  folder: string,
  { onProblem, ...options }: DecodeOptions & ListOptions = {},
): Promise<ImageFolder> {
  const { classes, leftOut } = await listClasses(folder, { onProblem });
  const files = classes.flatMap((own, label) =>
    own.files.map((name) => ({ path: join(folder, own.name, name), label })),
  );
  const { length } = files;
  const at = (i: number) => files[checkIndex(i, length)] as (typeof files)[number];
  const file = async (i: number) => {
    const { path, label } = at(i);
    const bytes = await readFile(path).catch((cause) => unreadable(path, cause));
    return { ...options, bytes, label, name: relative(folder, path).replaceAll(sep, '/') };
  };
  return {
    length,
    classes: classes.map(({ name }) => name),
    leftOut,
    file,
    label: (i) => at(i).label,
    check: (signal) => {
      const paths = files.map(({ path }) => path);
      return checkFiles(paths, options, signal);
    },
    async get(i) {
      const { bytes, label, name } = await file(i);
      return { image: await decodeNamed({ ...options, bytes, name }), label };
    },
  };
}

async function withFile<T>(path: string, use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> {
  const file = await open(path).catch((cause) => unreadable(path, cause));
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
