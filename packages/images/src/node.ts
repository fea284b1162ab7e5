// Images from files and folders, in Node.js: `@ringformer/images/node`.
import { open, readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ByteSource } from './bytes.ts';
import { checkIndex, type Dataset } from './dataset.ts';
import { type DecodeOptions, decodeImage } from './decode.ts';
import { refuse } from './image.ts';

const EXTENSION = /\.(jpe?g|png|webp)$/i;

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

/**
 * Images in folders named after their classes, at any depth: `folder/class/…/file.jpg`. Classes and files come in the order of
 * their names' code units, so that labels are the same everywhere. Files are read one by one, and decoded by `get`.
 * @throws RingformerError 'bad-file' if there are no classes, a class has no images, or a file is not an image.
 */
export async function openImageFolder(folder: string, options: DecodeOptions = {}): Promise<Dataset> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => unreadable(folder, cause));
  const classes = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  if (classes.length === 0)
    refuse('bad-file', `${folder} has no folders. Each class needs one, with its images in it.`);
  const files: { readonly path: string; readonly label: number }[] = [];
  for (const [label, name] of classes.entries()) {
    const names = await readdir(join(folder, name), { recursive: true });
    const images = names.filter((file) => EXTENSION.test(file)).sort();
    if (images.length === 0) refuse('bad-file', `${join(folder, name)} has no .jpg, .jpeg, .png or .webp files.`);
    for (const image of images) files.push({ path: join(folder, name, image), label });
  }
  const { length } = files;
  const file = async (i: number) => {
    const { path, label } = files[checkIndex(i, length)] as (typeof files)[number];
    const bytes = await readFile(path).catch((cause) => unreadable(path, cause));
    return { ...options, bytes, label, name: relative(folder, path).replaceAll(sep, '/') };
  };
  return {
    length,
    classes,
    file,
    label: (i) => (files[checkIndex(i, length)] as (typeof files)[number]).label,
    async get(i) {
      const { bytes, label } = await file(i);
      return { image: await decodeImage(bytes, options), label };
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

function unreadable(path: string, cause: NodeJS.ErrnoException): never {
  const why = cause.code === 'ENOENT' ? 'it does not exist' : cause.message;
  return refuse('bad-file', `Cannot read ${path}: ${why}.`, cause);
}
