import type { Step, Transform } from './transform.ts';

export type RecipeName = 'cifar' | 'tiny-imagenet' | 'imagenet100' | 'imagenet';

const STATISTICS = { cifar: 'half', 'tiny-imagenet': 'cifar', imagenet100: 'imagenet', imagenet: 'imagenet' } as const;

/**
 * What the authors do with the images of their data sets, in training and in testing. `size` is the side of the model's input;
 * the shorter side is first resized to 256/224 of it.
 */
export function recipe(name: RecipeName, phase: 'train' | 'test', size = 224): Transform {
  return { steps: phase === 'train' ? trainSteps(name, size) : testSteps(name, size), normalize: STATISTICS[name] };
}

const resizeShorter = (size: number): Step => ({ op: 'resize-shorter', size: Math.round((size * 256) / 224) });

function trainSteps(name: RecipeName, size: number): Step[] {
  if (name === 'cifar') return [{ op: 'random-resized-crop', size, scale: [0.05, 1] }];
  const steps: Step[] = [resizeShorter(size), { op: 'random-crop', size }, { op: 'random-flip' }];
  return name === 'imagenet' ? [...steps, { op: 'trivial-augment' }] : steps;
}

function testSteps(name: RecipeName, size: number): Step[] {
  return name === 'cifar' ? [{ op: 'resize', size }] : [resizeShorter(size), { op: 'center-crop', size }];
}
