import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenImage, goldenNames } from '../test/goldens.ts';
import { type ResizeFilter, resize, resizeShorterSide } from './resize.ts';

const constant = (width: number, height: number, value: number) =>
  ({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(value) }) as const;

describe('resize', () => {
  it.each(goldenNames('resize/'))('equals Pillow: %s', (name) => {
    const [source, filter, size] = name.split('/') as [string, ResizeFilter, string];
    const [width, height] = size.split('x').map(Number) as [number, number];
    expect(resize(goldenImage(source), width, height, filter)).toEqual(goldenImage(`resize/${name}`));
  });

  it('averages four pixels into one', () => {
    const image = { width: 2, height: 2, channels: 1, data: Uint8Array.of(10, 20, 30, 41) } as const;
    expect(resize(image, 1, 1).data).toEqual(Uint8Array.of(26)); // rows give 15 and 36 (35.5), these 25.5
  });

  it('keeps a constant constant', () => {
    const side = fc.integer({ min: 1, max: 40 });
    const filter = fc.constantFrom<ResizeFilter>('bilinear', 'bicubic');
    fc.assert(
      fc.property(side, side, side, side, fc.nat(255), filter, (w, h, w2, h2, value, filter) => {
        expect(resize(constant(w, h, value), w2, h2, filter)).toEqual(constant(w2, h2, value));
      }),
    );
  });

  it('refuses sizes and data that do not fit', () => {
    expect(() => resize(constant(2, 2, 0), 0, 1)).toThrow('width must be an integer of 1 or more; got 0');
    expect(() => resize({ ...constant(2, 2, 0), width: 3 }, 1, 1)).toThrow('needs 6 bytes');
  });
});

describe('resizeShorterSide', () => {
  it('rounds the longer side down', () => {
    expect(resizeShorterSide(constant(53, 37, 1), 20)).toMatchObject({ width: 28, height: 20 }); // 28.6
    expect(resizeShorterSide(constant(37, 53, 1), 20)).toMatchObject({ width: 20, height: 28 });
    expect(resizeShorterSide(constant(7, 7, 1), 14)).toMatchObject({ width: 14, height: 14 });
  });
});
