import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The IDX files of `count` images of 8 × 8 pixels: bright above, or bright below. */
export function stripes(folder: string, count: number): string {
  const images = Buffer.alloc(16 + 64 * count);
  [0x803, count, 8, 8].forEach((word, i) => images.writeUInt32BE(word, 4 * i));
  const labels = Buffer.alloc(8 + count);
  [0x801, count].forEach((word, i) => labels.writeUInt32BE(word, 4 * i));
  for (let i = 0; i < count; i++) {
    labels[8 + i] = i % 2;
    images.fill(100 + i, 16 + 64 * i + 32 * (i % 2), 48 + 64 * i + 32 * (i % 2));
  }
  mkdirSync(folder);
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), images);
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), labels);
  return folder;
}
