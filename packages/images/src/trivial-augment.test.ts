import { describe, expect, it } from 'vitest';
import { goldenImage, goldenNames } from '../test/goldens.ts';
import { type AugmentName, augment, augmentNames, drawAugment, trivialAugment } from './trivial-augment.ts';

describe('augment', () => {
  it.each(goldenNames('augment/'))('equals Pillow: %s', (name) => {
    const [source, operation, magnitude] = name.split('/') as [string, AugmentName, string];
    const image = goldenImage(`dim/${source}`);
    expect(augment(image, operation, Number(magnitude))).toEqual(goldenImage(`augment/${name}`));
  });

  it('does not change the pixels it is given, in a Buffer either', () => {
    const image = goldenImage('colour');
    for (const name of augmentNames) augment({ ...image, data: Buffer.from(image.data.buffer) }, name, 1);
    expect(image).toEqual(goldenImage('colour'));
  });

  it('does not change an image at magnitude 0', () => {
    const image = goldenImage('colour');
    const still = augmentNames.filter((name) => !['posterize', 'solarize', 'auto-contrast', 'equalize'].includes(name));
    for (const name of still) expect(augment(image, name, 0)).toEqual(image);
  });

  it('does not stretch or equalise an image of one value', () => {
    const image = { width: 4, height: 4, channels: 1, data: new Uint8Array(16).fill(77) } as const;
    expect(augment(image, 'auto-contrast', 0)).toEqual(image);
    expect(augment(image, 'equalize', 0)).toEqual(image);
  });
});

describe('trivialAugment', () => {
  it('draws operations, bins and signs evenly, within their ranges', () => {
    const draws = Array.from({ length: 14 * 1000 }, (_, seed) => drawAugment(seed));
    for (const name of augmentNames) {
      const own = draws.flatMap((draw) => (draw.name === name ? [draw.magnitude] : []));
      expect(own.length).toBeGreaterThan(850); // 1000 ± 30
      expect(own.length).toBeLessThan(1150);
      const ranges: Partial<Record<AugmentName, [number, number]>> = {
        'translate-x': [-32, 32],
        'translate-y': [-32, 32],
        rotate: [-135, 135],
        posterize: [2, 8],
        solarize: [0, 255],
        identity: [0, 0],
        'auto-contrast': [0, 0],
        equalize: [0, 0],
      };
      expect([Math.min(...own), Math.max(...own)]).toEqual(ranges[name] ?? [-0.99, 0.99]);
    }
  });

  it('depends only on the seed', () => {
    const image = goldenImage('colour');
    for (let seed = 0; seed < 40; seed++) {
      const { name, magnitude } = drawAugment(seed);
      expect(trivialAugment(image, seed)).toEqual(augment(image, name, magnitude));
    }
  });
});
