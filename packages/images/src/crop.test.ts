import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centerCrop, crop, flip } from './crop.ts';
import { grayscale, type Image, rgb } from './image.ts';

const ramp = (width: number, height: number): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => i + 1),
});

const anyImage = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom<1 | 3>(1, 3))
  .chain(([width, height, channels]) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data): Image => ({ width, height, channels, data })),
  );

describe('crop', () => {
  it('takes what lies inside and fills the rest with black', () => {
    expect(crop(ramp(3, 2), 1, 0, 2, 2).data).toEqual(Uint8Array.of(2, 3, 5, 6));
    expect(crop(ramp(3, 2), -1, 1, 3, 2).data).toEqual(Uint8Array.of(0, 4, 5, 0, 0, 0));
    expect(crop(ramp(3, 2), 5, 5, 1, 1).data).toEqual(Uint8Array.of(0));
  });

  it('refuses places between pixels', () => {
    expect(() => crop(ramp(3, 2), 0.5, 0, 1, 1)).toThrow('left and top must be integers; got 0.5 and 0');
  });

  it('of the whole is the image', () => {
    const whole = (image: Image) => crop(image, 0, 0, image.width, image.height);
    fc.assert(fc.property(anyImage, (image) => void expect(whole(image)).toEqual(image)));
  });
});

describe('centerCrop', () => {
  it('rounds as torchvision does: halves to even', () => {
    expect(centerCrop(ramp(4, 1), 2, 1).data).toEqual(Uint8Array.of(2, 3));
    expect(centerCrop(ramp(4, 1), 3, 1).data).toEqual(Uint8Array.of(1, 2, 3)); // round(0.5) = 0
    expect(centerCrop(ramp(5, 1), 2, 1).data).toEqual(Uint8Array.of(3, 4)); // round(1.5) = 2
    expect(centerCrop(ramp(7, 1), 2, 1).data).toEqual(Uint8Array.of(3, 4)); // round(2.5) = 2
  });

  it('borders smaller images', () => {
    expect(centerCrop(ramp(1, 1), 3).data).toEqual(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0));
    expect(centerCrop(ramp(1, 1), 2).data).toEqual(Uint8Array.of(1, 0, 0, 0));
  });
});

describe('flip', () => {
  it('mirrors rows', () => expect(flip(ramp(3, 2)).data).toEqual(Uint8Array.of(3, 2, 1, 6, 5, 4)));
  it('twice is nothing', () => {
    fc.assert(fc.property(anyImage, (image) => void expect(flip(flip(image))).toEqual(image)));
  });
});

describe('grayscale and rgb', () => {
  it('weigh the colours as ITU-R 601 does', () => {
    const colours = { width: 3, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) } as const;
    expect(grayscale(colours).data).toEqual(Uint8Array.of(76, 150, 29));
  });
  it('grey to colour and back is the image', () => {
    fc.assert(
      fc.property(
        anyImage.filter(({ channels }) => channels === 1),
        (image) => void expect(grayscale(rgb(image))).toEqual(image),
      ),
    );
  });
});
