import { defineCommand } from 'citty';
import type { BackendName } from '../backends.ts';
import { UsageError } from '../errors.ts';
import { choice, commonArgs, number, optionalNumber, scan } from '../flags.ts';
import type { Io } from '../io.ts';
import { KINDS, type Kind } from './subject.ts';

const args = {
  kind: {
    type: 'positional',
    required: false,
    description: `what to look at: ${KINDS.join(', ')}, or all`,
  },
  output: { type: 'string', alias: 'o', description: 'the new directory for report and pictures', valueHint: 'DIR' },
  against: {
    type: 'string',
    description: 'a second model to compare the levels with (cka)',
    valueHint: 'MODEL',
  },
  source: {
    type: 'string',
    alias: 's',
    description: 'sentences to show a translation model, one per line',
    valueHint: 'FILE',
  },
  target: { type: 'string', alias: 't', description: 'their translations, one per line', valueHint: 'FILE' },
  data: {
    type: 'string',
    description: 'images to show a classifier: a file, a folder, a folder per class, IDX files, or CIFAR .bin files',
    valueHint: 'PATH',
  },
  limit: number('show it only N sentences or images (default: 200)', { min: 1, whole: true }),
  png: choice('whether to write PNG files too', ['auto', 'yes', 'no'], 'auto'),
  ...commonArgs,
} as const;

/** `ringformer analyse KIND -o DIR`: pictures of what happens inside a model, and a report. */
export const analyseCommand = defineCommand({
  meta: {
    name: 'analyse',
    description: 'Draw what happens inside a model, as a report in one HTML file and as pictures',
  },
  args,
  async run({ args: given, rawArgs, data }) {
    const wrong = (problem: string): never => {
      throw new UsageError(`${problem} See ringformer analyse --help.`);
    };
    const [kind, ...more] = scan(rawArgs, args).positionals;
    if (kind === undefined || more.length > 0) return wrong(`Give one kind: ${KINDS.join(', ')} or all.`);
    if (kind !== 'all' && !KINDS.includes(kind as Kind)) {
      return wrong(`Unknown kind '${kind}'. Expected ${KINDS.join(', ')} or all.`);
    }
    if (given.output === undefined) return wrong('--output needs a new directory.');
    const { analyse } = await import('./analyse.ts');
    await analyse({
      io: data as Io,
      kinds: kind === 'all' ? KINDS : [kind as Kind],
      model: given.model,
      against: given.against,
      source: given.source,
      target: given.target,
      data: given.data,
      limit: optionalNumber(given.limit),
      output: given.output,
      backend: given.backend as BackendName,
      png: given.png as 'auto' | 'yes' | 'no',
      json: given.json === true,
    });
  },
});
