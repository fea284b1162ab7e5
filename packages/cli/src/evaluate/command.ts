import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { commonArgs, number, optionalNumber } from '../flags.ts';
import type { Io } from '../io.ts';
import { engineOf, searchArgs, searchOf } from '../translate/command.ts';

const args = {
  source: { type: 'string', alias: 's', description: 'text to translate, one sentence per line', valueHint: 'FILE' },
  target: { type: 'string', alias: 't', description: 'reference translations, one per line', valueHint: 'FILE' },
  hypotheses: {
    type: 'string',
    description: 'score these translations without a model (- for stdin)',
    valueHint: 'FILE',
  },
  output: { type: 'string', alias: 'o', description: 'save the translations here', valueHint: 'FILE' },
  limit: number('use only the first N lines', { min: 1, whole: true }),
  ...searchArgs,
  ...commonArgs,
} as const;

/** `ringformer evaluate`: BLEU and chrF of a model, or of finished translations. */
export const evaluateCommand = defineCommand({
  meta: { name: 'evaluate', description: 'Translate a test set and print BLEU and chrF, computed as sacreBLEU does' },
  args,
  async run({ args: given, data }) {
    const { source, target, hypotheses, output } = given;
    const wrong = (problem: string): never => {
      throw new UsageError(`${problem} See ringformer evaluate --help.`);
    };
    if (target === undefined) return wrong('--target needs the file of reference translations.');
    if (source === undefined && hypotheses === undefined)
      wrong('Give --source to translate, or --hypotheses to score.');
    if (source !== undefined && hypotheses !== undefined) wrong('Give --source or --hypotheses, not both.');
    if (hypotheses !== undefined && output !== undefined)
      wrong('--output saves translations, and --hypotheses makes none: leave one of them out.');
    const { evaluate } = await import('./lines.ts');
    await evaluate({
      io: data as Io,
      source,
      target,
      hypotheses,
      output,
      limit: optionalNumber(given.limit),
      model: given.model,
      engine: engineOf(given),
      json: given.json === true,
      batchSize: Number(given['batch-size']),
      search: searchOf(given),
    });
  },
});
