import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openCifar } from './cifar.ts';
import { readLabels, select, subset } from './dataset.ts';
import { decodeImage } from './decode.ts';
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

  it('case vision/05: has as many classes as its labels need, as EMNIST does', async () => {
    expect((await openIdx(images, labels)).classes).toEqual([...'0123456789']);
    const letters = Uint8Array.of(...uint32s(0x801, 2), 26, 1);
    const dataset = await openIdx(images, letters);
    expect(dataset.classes).toHaveLength(27);
    expect(dataset.classes.at(-1)).toBe('26');
    expect([dataset.label?.(0), dataset.label?.(1)]).toEqual([26, 1]);
    expect(Array.from(await readLabels(dataset))).toEqual([26, 1]);
  });

  it('case vision/05: reads what was compressed twice, or only in part', async () => {
    expect((await openIdx(gzipSync(gzipSync(images)), labels)).length).toBe(2);
    expect((await openIdx(images, gzipSync(labels))).length).toBe(2);
  });

  it.each<[string, unknown[], RegExp]>([
    ['null', [null, null], /openIdx: images: expected a Uint8Array, .*, got null/],
    ['a path', ['train-images', labels], /got the text "train-images"/],
    ['no labels', [images], /openIdx: labels: expected .*, got undefined/],
    ['null for options', [images, labels, null], /expected options as an object/],
    ['null for classes', [images, labels, { classes: null }], /expected classes as an array of names, got null/],
  ])('refuses %s', async (_, given, message) => {
    const call = openIdx(...(given as Parameters<typeof openIdx>));
    await expect(call).rejects.toMatchObject({ code: 'bad-argument', message: expect.stringMatching(message) });
  });

  it('calls Git LFS pointers and web pages so', async () => {
    const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n');
    const page = new TextEncoder().encode('\n<!DOCTYPE html>\n<html>');
    await expect(openIdx(pointer, labels)).rejects.toThrow(
      'is a Git LFS pointer, not the file itself. Run: git lfs pull.',
    );
    await expect(openIdx(images, page)).rejects.toThrow('is a web page, not the file itself.');
    await expect(openCifar([pointer], 'cifar10')).rejects.toThrow('File 0 of cifar10 is a Git LFS pointer');
    await expect(decodeImage(pointer)).rejects.toThrow(
      'but this is a Git LFS pointer, not the file itself. Run: git lfs pull.',
    );
    await expect(decodeImage(page)).rejects.toThrow('but this is a web page');
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
    const said = (a: Uint8Array, b: Uint8Array) => openIdx(a, b).catch((error: Error) => error.message);
    expect(await said(images, new Uint8Array())).toMatch(
      /begin with 00 00 08 01 .*, but this file is empty\. Download/,
    );
    expect(await said(labels, labels)).toMatch(/00 00 08 03 and 3 sizes, but this file begins with 00 00 08 01\.$/);
    expect(await said(gzipSync(images).subarray(0, 30), labels)).toMatch(
      /cannot be inflated( \([^)]+\))?: it is damaged/,
    );
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
