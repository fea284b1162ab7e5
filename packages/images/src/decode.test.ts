import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { goldenFile, goldenImage, goldenNames, uprightImage } from '../test/goldens.ts';
import { decodeImage } from './decode.ts';
import { readImageHeader } from './header.ts';

describe('decodeImage', () => {
  it.each(goldenNames('decode/'))('gives the raw pixels of %s as Pillow does', async (name) => {
    expect(await decodeImage(goldenFile(name), { raw: true })).toEqual(goldenImage(`decode/${name}`));
  });

  it.each(goldenNames('decode/'))('gives %s upright and on white, as Pillow does', async (name) => {
    expect(await decodeImage(goldenFile(name))).toEqual(uprightImage(`decode/${name}`));
  });

  it('says of a PNG that is cut off only what is known', async () => {
    await expect(decodeImage(goldenFile('gray.png').slice(0, -20))).rejects.toThrow(
      /png file of \d+ × \d+ cannot be decoded: it is damaged\.$/,
    );
  });

  it('decodes several files at once', async () => {
    const names = goldenNames('decode/');
    const images = await Promise.all(names.map((name) => decodeImage(goldenFile(name), { raw: true })));
    expect(images).toEqual(names.map((name) => goldenImage(`decode/${name}`)));
  });

  it('tells which of several files at once are damaged', async () => {
    const whole = goldenFile('420.jpg');
    const files = Array.from({ length: 40 }, (_, i) => (i % 3 === 1 ? whole.subarray(0, 700) : whole));
    const outcomes = await Promise.allSettled(files.map((file) => decodeImage(file)));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(files.map((file) => file === whole));
  });

  it.each([
    ['cmyk.jpg', 'four inks'],
    ['animation.webp', 'an animation'],
  ])('refuses %s', async (name, why) => {
    await expect(decodeImage(goldenFile(name))).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining(why),
    });
  });

  it('refuses what is not an image, by its bytes', async () => {
    const text = (content: string) => new TextEncoder().encode(content);
    await expect(decodeImage(text('GIF89a'))).rejects.toThrow('but this is a GIF. Convert it first.');
    await expect(decodeImage('cat.png' as never)).rejects.toThrow('a Uint8Array, got the text "cat.png"');
    await expect(decodeImage(text('hello'))).rejects.toThrow('but this file begins with 68 65 6c 6c 6f.');
    await expect(decodeImage(new Uint8Array())).rejects.toThrow('but this file is empty.');
  });

  it.each(goldenNames('decode/'))('refuses %s wherever it is cut, and decodes the next file', async (name) => {
    const bytes = goldenFile(name);
    for (const part of [0.01, 0.1, 0.5, 0.9]) {
      const cut = bytes.subarray(0, Math.ceil(bytes.length * part));
      await expect(decodeImage(cut)).rejects.toMatchObject({ code: 'bad-file' });
    }
    expect(await decodeImage(bytes, { raw: true })).toEqual(goldenImage(`decode/${name}`));
  });

  it('answers damaged files with pixels or an error of ours', async () => {
    for (const name of ['420.jpg', 'colour.png', 'lossy.webp']) {
      const bytes = goldenFile(name);
      for (let at = 0; at < bytes.length; at += 37) {
        const damaged = Uint8Array.from(bytes, (byte, i) => (i >= at && i < at + 4 ? byte ^ 0xff : byte));
        const outcome = await decodeImage(damaged, { maxPixels: 1e6 }).catch((error) => error);
        if (!outcome.data) expect(outcome).toMatchObject({ name: 'RingformerError', code: 'bad-file' });
      }
    }
  });

  it('refuses large images before it decodes them', async () => {
    const bytes = new Uint8Array(goldenFile('colour.png'));
    await expect(decodeImage(bytes, { maxPixels: 1960 })).rejects.toThrow('53 × 37, more than maxPixels (1960)');
    expect((await decodeImage(bytes, { maxPixels: 1961 })).width).toBe(53);
    bytes.set([0, 0x10, 0, 0], 16); // a million pixels wide
    new DataView(bytes.buffer).setUint32(20, 1000);
    await expect(decodeImage(bytes)).rejects.toThrow('1048576 × 1000, more than maxPixels');
  });
});

describe('readImageHeader', () => {
  it('reads format and size', () => {
    for (const name of goldenNames('decode/')) {
      const format = { jpg: 'jpeg', png: 'png', webp: 'webp' }[name.split('.')[1] as string];
      expect(readImageHeader(goldenFile(name))).toEqual({ format, width: 53, height: 37 });
    }
  });

  it('does not mistake a source file for an image', () => {
    expect(() => readImageHeader(readFileSync(new URL(import.meta.url)))).toThrow(
      'Expected a JPEG, PNG or WebP image, but this file begins with',
    );
  });
});
