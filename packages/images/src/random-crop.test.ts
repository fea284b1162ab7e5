import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenImage } from '../test/goldens.ts';
import { crop } from './crop.ts';
import { randomCrop, randomResizedCrop } from './random-crop.ts';
import { resize } from './resize.ts';

const image = goldenImage('colour'); // 53 × 37

describe('randomCrop', () => {
  it('takes every place there is, and no other', () => {
    const small = { width: 3, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) } as const;
    const seen = new Set(Array.from({ length: 300 }, (_, seed) => randomCrop(small, 2, seed).data.join()));
    expect(seen).toEqual(new Set(['1,2,4,5', '2,3,5,6']));
    const padded = new Set(
      Array.from({ length: 300 }, (_, seed) => randomCrop(small, 1, seed, { padding: 1 }).data[0]),
    );
    expect(padded).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  it('refuses a crop larger than the image', () => {
    expect(() => randomCrop(image, 38, 1)).toThrow('The image is 53 × 37 with padding 0, too small for a crop of 38');
    expect(randomCrop(image, 39, 1, { padding: 1 })).toMatchObject({ width: 39, height: 39 });
  });
});

describe('randomResizedCrop', () => {
  it('gives the size asked for, the same for a seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, size) => {
        const once = randomResizedCrop(image, size, seed, { scale: [0.05, 1] });
        expect(once).toMatchObject({ width: size, height: size, channels: 3 });
        expect(randomResizedCrop(image, size, seed, { scale: [0.05, 1] })).toEqual(once);
      }),
    );
  });

  it('keeps to scale and ratio', () => {
    const square = crop(image, 0, 0, 36, 36);
    expect(randomResizedCrop(square, 12, 5, { scale: [1, 1], ratio: [1, 1] })).toEqual(resize(square, 12, 12));
    const quarters = (seed: number) => randomResizedCrop(square, 18, seed, { scale: [0.25, 0.25], ratio: [1, 1] });
    const places = new Set(
      Array.from({ length: 19 * 19 }, (_, i) => crop(square, i % 19, (i / 19) | 0, 18, 18).data.join()),
    );
    for (let seed = 0; seed < 50; seed++) expect(places).toContain(quarters(seed).data.join());
  });

  it('takes the middle if no attempt fits', () => {
    const wide = { scale: [1, 1], ratio: [4, 4] } as const;
    expect(randomResizedCrop(image, 9, 1, wide)).toEqual(resize(crop(image, 0, 12, 53, 13), 9, 9));
    const tall = { scale: [1, 1], ratio: [0.25, 0.25] } as const;
    expect(randomResizedCrop(image, 9, 1, tall)).toEqual(resize(crop(image, 22, 0, 9, 37), 9, 9));
  });

  it('refuses ranges that are none', () => {
    expect(() => randomResizedCrop(image, 9, 1, { scale: [1, 0.5] })).toThrow('scale must be two numbers above 0');
    expect(() => randomResizedCrop(image, 9, 1, { ratio: [0, 1] })).toThrow('ratio must be');
  });
});
