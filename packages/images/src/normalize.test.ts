import { expect, it } from 'vitest';
import { goldenImage, goldenValues } from '../test/goldens.ts';
import { normalize } from './normalize.ts';

const gray = { width: 3, height: 1, channels: 1, data: Uint8Array.of(0, 255, 51) } as const;

it('equals float32 arithmetic, channel by channel', () => {
  expect(normalize(goldenImage('colour'), 'imagenet')).toEqual(goldenValues('normalize/imagenet'));
});

it('takes one number for all channels', () => {
  expect(normalize(gray, 'half')).toEqual(Float32Array.of(-1, 1, -0.6));
  expect(normalize(goldenImage('colour'), 'half')).toHaveLength(53 * 37 * 3);
});

it('refuses numbers that do not fit', () => {
  expect(() => normalize(gray, 'imagenet')).toThrow('An image of 1 channels needs 1 or 1 means');
  expect(() => normalize(gray, { mean: [0], std: [0] })).toThrow('std above 0');
  expect(() => normalize(gray, 'mnist' as 'half')).toThrow('no statistics named mnist');
});
