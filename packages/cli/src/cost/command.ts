import { seq2seqSizeNames } from '@ringformer/seq2seq/engine';
import { sizeNames } from '@ringformer/vit/engine';
import { defineCommand } from 'citty';
import { ARCHITECTURES } from '../architecture.ts';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, number, optionalNumber } from '../flags.ts';
import type { Io } from '../io.ts';
import { ABLATION_NAMES } from '../train/ablation.ts';
import { SHIPPED } from '../train/shipped.ts';

const args = {
  size: choice("one of the paper's sizes instead of a model: of image classifiers, or of translation models", [
    ...sizeNames,
    ...seq2seqSizeNames,
  ]),
  settings: {
    type: 'string',
    description: `settings of training instead of a model: a JSON file, or those of one of the paper's experiments: ${Object.values(SHIPPED).flatMap(Object.keys).join(', ')}`,
    valueHint: 'FILE|NAME',
  },
  architecture: choice('with --size or --settings: the ring or a baseline (ring)', ARCHITECTURES),
  ablation: choice('with these: what the ring does without', ABLATION_NAMES),
  classes: number('with these: how many classes (1000, or those of the experiment)', { min: 1, whole: true }),
  'image-size': number('with these: side of the images in pixels (224)', { min: 1, whole: true }),
  vocab: number('with these: tokens of the vocabulary (50000)', { min: 4, whole: true }),
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
    const { size, settings, model } = given;
    if ((size ?? settings) !== undefined && model !== undefined) {
      throw new UsageError('Give --size or --model, not both. See ringformer cost --help.');
    }
    const { architecture, ablation, classes } = given;
    const imageSize = optionalNumber(given['image-size']);
    const plannedOnly = ['architecture', 'ablation', 'classes', 'image-size', 'vocab'] as const;
    const lost = plannedOnly.find((name) => given[name] !== undefined);
    if (lost !== undefined && (size ?? settings) === undefined) {
      throw new UsageError(`--${lost} needs --size or --settings: a model has its own. See ringformer cost --help.`);
    }
    const beside = {
      size,
      architecture,
      ablation,
      classes: optionalNumber(classes),
      imageSize,
      vocab: optionalNumber(given.vocab),
    };
    const [{ showCost }, { plannedConfig }] = await Promise.all([import('./show-cost.ts'), import('./planned.ts')]);
    await showCost({
      io: data as Io,
      model,
      planned: size === undefined && settings === undefined ? undefined : await plannedConfig(settings, beside),
      source: Number(given.source),
      target: Number(given.target),
      json: given.json === true,
    });
  },
});
