import { deriveSeed } from '@ringformer/core/base';
import { expect, it } from 'vitest';
import { goldenImage } from '../test/goldens.ts';
import { centerCrop, flip } from './crop.ts';
import type { Image } from './image.ts';
import { normalize } from './normalize.ts';
import { randomCrop } from './random-crop.ts';
import { recipe } from './recipes.ts';
import { resize, resizeShorterSide } from './resize.ts';
import { applySteps, type Step, type Transform, transformImage } from './transform.ts';

const image = goldenImage('colour');

it('applies the steps in order', () => {
  expect(transformImage(image, recipe('imagenet', 'test', 28), 0)).toEqual({
    shape: [3, 28, 28],
    data: normalize(centerCrop(resizeShorterSide(image, 32), 28), 'imagenet'),
  });
  expect(transformImage(image, recipe('cifar', 'test', 10), 0).data).toEqual(normalize(resize(image, 10, 10), 'half'));
});

it.each(['cifar', 'tiny-imagenet', 'imagenet100', 'imagenet'] as const)('trains on %s by seed', (name) => {
  const train = recipe(name, 'train', 16);
  const [once, again, other] = [1, 1, 2].map((seed) => transformImage(image, train, seed));
  expect(once?.shape).toEqual([3, 16, 16]);
  expect(again).toEqual(once);
  expect(other).not.toEqual(once);
});

it('gives equal steps different draws', () => {
  const flips: Step[] = [{ op: 'random-flip' }, { op: 'random-flip' }];
  const outcomes = Array.from({ length: 40 }, (_, seed) => applySteps(image, flips, seed));
  const flipped = flip(image).data.join();
  const count = outcomes.filter(({ data }) => data.join() === flipped).length;
  expect(count).toBeGreaterThan(8); // half of 40
  expect(count).toBeLessThan(32);
  expect(applySteps(image, [{ op: 'random-flip', probability: 1 }], 3)).toEqual(flip(image));
  expect(applySteps(image, [{ op: 'random-flip', probability: 0 }], 3)).toEqual(image);
});

it('draws the same numbers on every platform', () => {
  const { data } = applySteps(image, recipe('imagenet', 'train', 3).steps, 42);
  expect(data.join()).toMatchInlineSnapshot(
    `"211,48,147,164,63,136,119,92,100,211,126,120,165,131,158,117,142,120,211,204,93,163,204,160,97,204,141"`,
  );
  const resized = applySteps(image, recipe('cifar', 'train', 3).steps, 42);
  expect(resized.data.join()).toMatchInlineSnapshot(
    `"42,63,26,116,103,100,128,107,112,41,118,47,110,136,114,133,132,125,32,173,76,78,174,100,121,173,135"`,
  );
});

it('refuses a step that there is not', () => {
  expect(() => applySteps(image, [{ op: 'blur' } as unknown as Step], 0)).toThrow('There is no step "blur"');
});

it.each([
  [64, 48],
  [48, 64],
  [5, 40],
  [40, 5],
  [28, 28],
  [32, 32],
])('resizes and crops %i × %i at once as in two steps', (width, height) => {
  const source = resize(image, width, height);
  for (const size of [28, 32, 40]) {
    for (const filter of ['bilinear', 'bicubic'] as const) {
      const shorter: Step = { op: 'resize-shorter', size: 32, filter };
      const resized = resizeShorterSide(source, 32, filter);
      expect(applySteps(source, [shorter, { op: 'center-crop', size }], 0)).toEqual(centerCrop(resized, size));
      const random = { op: 'random-crop', size, padding: 5 } as const;
      expect(applySteps(source, [shorter, random], 7)).toEqual(randomCrop(resized, size, deriveSeed(7, 1), random));
    }
  }
});

it('case vision/02: a very thin image is cropped before it is enlarged', () => {
  for (const [width, height] of [
    [1, 20_000],
    [1, 60_000],
    [60_000, 1],
  ] as const) {
    const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => i % 251);
    const thin: Image = { width, height, channels: 3, data };
    const before = process.memoryUsage().arrayBuffers;
    const started = performance.now();
    for (const phase of ['train', 'test'] as const)
      expect(transformImage(thin, recipe('imagenet100', phase), 3).shape).toEqual([3, 224, 224]);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200e6);
    expect(() => resizeShorterSide(thin, 256)).toThrow(
      `The image is ${width} × ${height}: with its shorter side at 256`,
    );
    expect(() => applySteps(thin, [{ op: 'resize-shorter', size: 256 }], 0)).toThrow('Crop it first.');
  }
});

it.each<[string, unknown, unknown, RegExp]>([
  ['null for an image', null, recipe('cifar', 'test'), /expected an image, \{ width.*\}, got null/],
  ['a path', 'cat.png', recipe('cifar', 'test'), /expected an image, .*got the text "cat.png"/],
  ['null for a transform', image, null, /expected a transform, \{ steps, normalize \}, got null/],
  ['a recipe by name', image, 'cifar', /expected a transform, .*got the text "cifar"/],
  ['null for a step', image, { steps: [null], normalize: 'half' }, /There is no step undefined/],
  ['no statistics', image, { steps: [] }, /There are no statistics named undefined/],
  ['null for statistics', image, { steps: [], normalize: null }, /There are no statistics named null/],
  ['statistics without std', image, { steps: [], normalize: { mean: [0] } }, /means and std/],
  ['an unknown filter', image, { steps: [{ op: 'resize', size: 4, filter: 'x' }], normalize: 'half' }, /no filter "x"/],
])('refuses %s', (_, given, transform, message) => {
  const call = () => transformImage(given as Image, transform as Transform, 0);
  expect(call).toThrow(message);
  expect(call).toThrow(expect.objectContaining({ code: 'bad-argument' }));
});
