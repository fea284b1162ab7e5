import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { commonArgs, number, scan } from '../flags.ts';
import type { Io } from '../io.ts';

const args = {
  'run…': {
    type: 'positional',
    required: false,
    description: 'folders of training runs, or of several seeds (see train --seeds)',
  },
  output: {
    type: 'string',
    alias: 'o',
    description: 'folder for a report: compare.html, compare.json, and pictures as SVG',
    valueHint: 'DIR',
  },
  source: number('tokens of the sentence whose translation is counted', { min: 1, whole: true, default: '30' }),
  target: number('tokens of its translation', { min: 1, whole: true, default: '30' }),
  json: commonArgs.json,
  debug: commonArgs.debug,
} as const;

/** `ringformer compare RUN…`: scores, costs and curves of several runs beside each other. */
export const compareCommand = defineCommand({
  meta: { name: 'compare', description: 'Compare training runs: scores, parameters, cost, time and curves' },
  args,
  async run({ args: given, rawArgs, data }) {
    const runs = scan(rawArgs, args).positionals;
    if (runs.length === 0) throw new UsageError('Give at least one folder of a run. See ringformer compare --help.');
    const { compareRuns } = await import('./compare-runs.ts');
    const lengths = { source: Number(given.source), target: Number(given.target) };
    return compareRuns({ io: data as Io, paths: runs, output: given.output, json: given.json === true, lengths });
  },
});
