import { expect, it } from 'vitest';
import { goldenImage } from '../test/goldens.ts';
import { centerCrop, flip } from './crop.ts';
import { normalize } from './normalize.ts';
import { recipe } from './recipes.ts';
import { resize, resizeShorterSide } from './resize.ts';
import { applySteps, type Step, transformImage } from './transform.ts';

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
