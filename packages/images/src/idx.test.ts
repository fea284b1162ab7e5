import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { select, subset } from './dataset.ts';
import { FASHION_MNIST_CLASSES, openIdx } from './idx.ts';

const uint32s = (...values: number[]) => values.flatMap((v) => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]);
const images = Uint8Array.of(...uint32s(0x803, 2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const labels = Uint8Array.of(...uint32s(0x801, 2), 9, 4);

describe('openIdx', () => {
  it.each([
    ['bytes', images, labels],
    ['a Buffer', Buffer.from(images), Buffer.from(labels)],
    ['gzip', gzipSync(images), gzipSync(labels)],
    ['blobs', new Blob([images]), new Blob([labels])],
  ])('reads %s', async (_, images, labels) => {
    const dataset = await openIdx(images, labels, { classes: FASHION_MNIST_CLASSES });
    expect(dataset).toMatchObject({ length: 2, classes: FASHION_MNIST_CLASSES });
    expect(await dataset.get(0)).toEqual({
      image: { width: 3, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
      label: 9,
    });
    expect((await dataset.get(1)).image.data).toEqual(Uint8Array.of(7, 8, 9, 10, 11, 12));
    await expect(dataset.get(2)).rejects.toThrow('There is no image 2; the data set has 2');
  });

  it('refuses files that do not fit', async () => {
    const refused = (a: Uint8Array, b: Uint8Array, options = {}) =>
      expect(openIdx(a, b, options)).rejects.toMatchObject({ code: 'bad-file' });
    await refused(labels, images);
    await refused(images.subarray(0, 20), labels);
    await refused(images.subarray(0, 10), labels);
    await refused(new Uint8Array(), labels);
    await refused(images, Uint8Array.of(...uint32s(0x801, 1), 1));
    await refused(images, labels, { classes: ['only', 'two'] });
    await refused(gzipSync(images).subarray(0, 30), labels);
  });
});

describe('subset', () => {
  it('holds images out', async () => {
    const dataset = await openIdx(images, labels);
    const last = subset(dataset, 1);
    expect(last.length).toBe(1);
    expect(await last.get(0)).toEqual(await dataset.get(1));
    await expect(last.get(1)).rejects.toThrow('There is no image 1');
    expect(() => subset(dataset, 1, 3)).toThrow('has 2 images');
    const turned = select(dataset, [1, 0]);
    expect(await turned.get(1)).toEqual(await dataset.get(0));
    expect(() => select(dataset, [2])).toThrow('There is no image 2');
  });
});
