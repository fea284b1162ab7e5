import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { commonArgs, number, optionalNumber } from '../flags.ts';
import type { Io } from '../io.ts';
import { engineOf, searchArgs, searchOf } from '../translate/command.ts';

const args = {
  source: { type: 'string', alias: 's', description: 'text to translate, a sentence a line', valueHint: 'FILE' },
  target: { type: 'string', alias: 't', description: 'reference translations, line by line', valueHint: 'FILE' },
  hypotheses: { type: 'string', description: 'score this file, - for stdin, without a model', valueHint: 'FILE' },
  output: { type: 'string', alias: 'o', description: 'keep the translations here', valueHint: 'FILE' },
  limit: number('only the first N lines', { min: 1, whole: true }),
  ...searchArgs,
  ...commonArgs,
} as const;

/** `ringformer evaluate`: BLEU and chrF of a model, or of translations that are there already. */
export const evaluateCommand = defineCommand({
  meta: { name: 'evaluate', description: 'Translate a test set and print BLEU and chrF as sacreBLEU does' },
  args,
  async run({ args: given, data }) {
    const { source, target, hypotheses, output } = given;
    const wrong = (problem: string): never => {
      throw new UsageError(`${problem} See ringformer evaluate --help.`);
    };
    if (target === undefined) return wrong('--target wants the file of reference translations.');
    if (source === undefined && hypotheses === undefined)
      wrong('Give --source to translate, or --hypotheses to score.');
    if (source !== undefined && hypotheses !== undefined) wrong('Give --source or --hypotheses, not both.');
    if (hypotheses !== undefined && output !== undefined)
      wrong('--output keeps translations; --hypotheses makes none.');
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
