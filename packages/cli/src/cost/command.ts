import { type SizeName, sizeNames } from '@ringformer/vit/engine';
import { defineCommand } from 'citty';
import { ARCHITECTURES } from '../architecture.ts';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, number } from '../flags.ts';
import type { Io } from '../io.ts';

const args = {
  size: choice("one of the paper's image classifiers instead of a model", sizeNames),
  architecture: choice('with --size: the ring or a baseline', ARCHITECTURES, 'ring'),
  classes: number('with --size: how many classes', { min: 1, whole: true, default: '1000' }),
  'image-size': number('with --size: side of the images in pixels', { min: 1, whole: true, default: '224' }),
  source: number('tokens of the sentence to translate', { min: 1, whole: true, default: '30' }),
  target: number('tokens of the translation', { min: 1, whole: true, default: '30' }),
  model: { ...commonArgs.model, description: 'model or run directory (default: the packaged translation model)' },
  json: commonArgs.json,
  debug: commonArgs.debug,
} as const;

/** `ringformer cost`: what a model costs, from its configuration only. */
export const costCommand = defineCommand({
  meta: { name: 'cost', description: 'Count the parameters, multiply–adds and memory of a model, trained or not' },
  args,
  async run({ args: given, data }) {
    if (given.size !== undefined && given.model !== undefined) {
      throw new UsageError('Give --size or --model, not both. See ringformer cost --help.');
    }
    const { showCost } = await import('./show-cost.ts');
    await showCost({
      io: data as Io,
      model: given.model,
      size:
        given.size === undefined
          ? undefined
          : {
              name: given.size as SizeName,
              architecture: given.architecture as string,
              classes: Number(given.classes),
              imageSize: Number(given['image-size']),
            },
      source: Number(given.source),
      target: Number(given.target),
      json: given.json === true,
    });
  },
});
