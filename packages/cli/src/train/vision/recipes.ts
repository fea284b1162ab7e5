import {
  type Image,
  type RecipeName,
  recipe,
  type Statistics,
  type StatisticsName,
  type Step,
  type Transform,
} from '@ringformer/images';
import type { VisionSettings } from './settings.ts';

/** How images are brought to the model's size: at random for training, always in the same way for evaluation. */
export type Recipe = {
  train(size: number): readonly Step[];
  test(size: number): readonly Step[];
  readonly normalize: StatisticsName | Statistics;
};

/** For images of the model's size; larger and smaller ones are resized. */
const ofSize = (train: (size: number) => readonly Step[]): Recipe => ({
  train: (size) => [{ op: 'resize', size }, ...train(size)],
  test: (size) => [{ op: 'resize', size }],
  normalize: 'half',
});

/** The recipes by name: our own for small images, and the authors'. */
export const RECIPES = {
  none: ofSize(() => []),
  shift: ofSize((size) => [{ op: 'random-crop', size, padding: Math.max(1, Math.round(size / 28)) }]),
  small: ofSize((size) => [
    { op: 'random-crop', size, padding: Math.max(1, Math.round(size / 14)) },
    { op: 'random-flip' },
  ]),
  cifar: 'cifar',
  'tiny-imagenet': 'tiny-imagenet',
  imagenet100: 'imagenet100',
  imagenet: 'imagenet',
} satisfies Record<VisionSettings['recipe'], Recipe | RecipeName>;

/** Both transforms of a recipe, for images like `example`: grey ones stay grey. */
export function transformsOf(
  name: keyof typeof RECIPES,
  size: number,
  example: Image,
): { train: Transform; test: Transform } {
  const chosen: Recipe | RecipeName = RECIPES[name];
  if (typeof chosen === 'string') return { train: recipe(chosen, 'train', size), test: recipe(chosen, 'test', size) };
  const channels: Step[] = example.channels === 1 ? [{ op: 'grayscale' }] : [{ op: 'rgb' }];
  const { normalize } = chosen;
  return {
    train: { steps: [...channels, ...chosen.train(size)], normalize },
    test: { steps: [...channels, ...chosen.test(size)], normalize },
  };
}
