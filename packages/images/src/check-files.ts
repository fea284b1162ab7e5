// Finds damaged image files before anything is learned from the others.
import { open, readFile } from 'node:fs/promises';
import { isRingformerError, reasonOf } from '@ringformer/core/base';
import { type DecodeOptions, decodeImage } from './decode.ts';
import { readImageHeader } from './header.ts';
import { refuse } from './image.ts';

/** Files of less than this in all are decoded; of more, only those whose beginning or end looks wrong. */
const ALL_BYTES = 64 * 2 ** 20;
/** A header is within these bytes, except after long metadata. */
const START_BYTES = 65_536;
const END_BYTES = 4096;
const SHOWN = 10;

/** @throws RingformerError 'bad-file' that names the files which are not images, or damaged; the signal's reason */
export async function checkFiles(
  paths: readonly string[],
  options: DecodeOptions = {},
  signal?: AbortSignal,
  budget = ALL_BYTES,
): Promise<void> {
  const problems: string[] = [];
  let decoded = 0;
  for (const path of paths) {
    signal?.throwIfAborted();
    try {
      if (decoded >= budget && (await looksWhole(path, options))) continue;
      const bytes = await readFile(path);
      decoded += bytes.length;
      await decodeImage(bytes, options);
    } catch (error) {
      if (!isRingformerError(error) && !(error as NodeJS.ErrnoException).code) throw error;
      problems.push(`  - ${path}: ${reasonOf(error)}`);
    }
  }
  if (problems.length === 0) return;
  const more = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : '';
  refuse(
    'bad-file',
    `${problems.length} of ${paths.length} images cannot be read. Mend or remove them:\n${problems.slice(0, SHOWN).join('\n')}${more}`,
  );
}

/** Whether the file has a good header, and the end that its format needs. If not, only decoding it can say. */
async function looksWhole(path: string, { maxPixels = Number.POSITIVE_INFINITY }: DecodeOptions): Promise<boolean> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const piece = async (start: number, end: number) => {
      const { bytesRead, buffer } = await file.read(new Uint8Array(end - start), 0, end - start, start);
      return buffer.subarray(0, bytesRead);
    };
    const start = await piece(0, Math.min(size, START_BYTES));
    const { format, width, height } = readImageHeader(start);
    if (width * height > maxPixels) return false;
    if (format === 'webp') {
      return 8 + new DataView(start.buffer, start.byteOffset).getUint32(4, true) <= size;
    }
    const end = Buffer.from(await piece(Math.max(0, size - END_BYTES), size));
    return end.includes(format === 'png' ? Buffer.from('IEND') : Buffer.of(0xff, 0xd9));
  } catch (error) {
    if (isRingformerError(error)) return false;
    throw error;
  } finally {
    await file.close();
  }
}
