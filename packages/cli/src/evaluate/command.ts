import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, everyValue, negativeFlags, number, optionalNumber, scan, toggle } from '../flags.ts';
import type { Io } from '../io.ts';
import { modelFor } from '../kinds.ts';
import { engineOf, searchArgs, searchOf } from '../translate/command.ts';

const args = {
  source: { type: 'string', alias: 's', description: 'text to translate, one sentence per line', valueHint: 'FILE' },
  target: {
    type: 'string',
    alias: 't',
    description: 'reference translations, one per line; repeat it for several references',
    valueHint: 'FILE',
    repeatable: true,
  },
  hypotheses: {
    type: 'string',
    description: 'score these translations without a model (- for stdin)',
    valueHint: 'FILE',
  },
  images: {
    type: 'string',
    description: 'judge an image classifier on this folder: a folder per class, IDX files, or CIFAR .bin files',
    valueHint: 'DIR',
  },
  output: {
    type: 'string',
    alias: 'o',
    description: 'save the translations (of images: the guesses) here',
    valueHint: 'FILE',
  },
  limit: number('use only the first N lines or images', { min: 1, whole: true }),
  metric: choice(
    "what is printed: sacreBLEU's BLEU and chrF, or the authors' BLEU and NIST of the model's word pieces",
    ['sacrebleu', 'reference'],
    'sacrebleu',
  ),
  confidence: toggle('also print 95 % confidence intervals, by bootstrap resampling'),
  baseline: {
    type: 'string',
    description: "compare with another system's translations, by paired bootstrap resampling",
    valueHint: 'FILE',
  },
  samples: number('resamples for --confidence and --baseline', { min: 2, max: 100_000, whole: true, default: '1000' }),
  'each-depth': toggle('measure it with fewer and fewer levels, and print what each depth costs and saves'),
  'no-loss': toggle('leave out the loss, which needs TensorFlow.js and a second pass'),
  ...searchArgs,
  ...commonArgs,
} as const;

/** `ringformer evaluate`: BLEU and chrF of a model or of finished translations; accuracy of an image classifier. */
export const evaluateCommand = defineCommand({
  meta: {
    name: 'evaluate',
    description:
      'Translate a test set and print BLEU and chrF, computed as sacreBLEU does; or classify one and print the accuracy',
  },
  args,
  async run({ args: given, rawArgs, data }) {
    const { source, hypotheses, output, images, baseline } = given;
    const targets = everyValue(scan(rawArgs, args), 'target');
    const negative = negativeFlags(rawArgs, args);
    const wrong = (problem: string): never => {
      throw new UsageError(`${problem} See ringformer evaluate --help.`);
    };
    const eachDepth = given['each-depth'] === true;
    if (eachDepth) {
      const single = { levels: given.levels, output, hypotheses, baseline };
      const other = Object.entries(single).find(([, value]) => value !== undefined)?.[0];
      if (other) wrong(`--each-depth runs the model at every depth: leave --${other} out.`);
      if (given.metric === 'reference' || given.confidence === true)
        wrong('--each-depth prints BLEU and chrF without intervals: leave --metric and --confidence out.');
    }
    const common = {
      io: data as Io,
      output,
      limit: optionalNumber(given.limit),
      model: source === undefined ? given.model : modelFor(given),
      engine: engineOf(given),
      json: given.json === true,
      batchSize: Number(given['batch-size']),
    };
    if (images !== undefined) {
      const text = { source, hypotheses, baseline, target: targets[0] };
      const other = Object.entries(text).find(([, value]) => value !== undefined);
      if (other)
        wrong(`--images judges a classifier, and --${other[0]} belongs to translations: leave one of them out.`);
      if (given.metric === 'reference') wrong('--metric reference scores translations: leave it out with --images.');
      const { levels } = given;
      if (levels !== undefined && !/^\d+$/.test(levels))
        wrong(`--levels is '${levels}'; with --images expected one number.`);
      if (eachDepth) return (await import('./depths.ts')).evaluateImageDepths({ ...common, images });
      const { evaluateImages } = await import('./images.ts');
      return evaluateImages({ ...common, images, levels: optionalNumber(levels) });
    }
    if (targets.length === 0) return wrong('--target needs the file of reference translations.');
    if (source === undefined && hypotheses === undefined)
      wrong('Give --source to translate, or --hypotheses to score.');
    if (source !== undefined && hypotheses !== undefined) wrong('Give --source or --hypotheses, not both.');
    if (hypotheses !== undefined && output !== undefined)
      wrong('--output saves translations, and --hypotheses makes none: leave one of them out.');
    const metric = given.metric === 'reference' ? 'reference' : 'sacrebleu';
    if (metric === 'reference' && (given.confidence === true || baseline !== undefined))
      wrong('--metric reference has no intervals: leave --confidence and --baseline out.');
    if (metric === 'reference' && targets.length > 1) wrong('--metric reference takes one --target.');
    if (eachDepth) {
      const search = searchOf({ ...given, ...negative });
      return (await import('./depths.ts')).evaluateDepths({ ...common, source: source as string, targets, search });
    }
    const { evaluate } = await import('./lines.ts');
    return evaluate({
      ...common,
      metric,
      source,
      targets,
      hypotheses,
      baseline,
      samples: given.confidence === true || baseline !== undefined ? Number(given.samples) : 0,
      loss: negative['no-loss'] === undefined,
      search: searchOf({ ...given, ...negative }),
    });
  },
});
