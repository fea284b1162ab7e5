import { defineCommand } from 'citty';
import { UsageError } from '../errors.ts';
import { commonArgs, scan } from '../flags.ts';
import type { Io } from '../io.ts';
import { KINDS, type Kind } from './job.ts';

const args = {
  'kind from…': {
    type: 'positional',
    required: false,
    description: `one of ${KINDS.join(', ')}; then the folder or the archives that you downloaded`,
  },
  output: { type: 'string', alias: 'o', description: 'folder for what training reads', valueHint: 'DIR' },
  from: { type: 'string', description: 'texts: language to translate from', valueHint: 'de', default: 'de' },
  to: { type: 'string', description: 'texts: language to translate to', valueHint: 'en', default: 'en' },
  valid: { type: 'string', description: 'wmt: test set to evaluate by', valueHint: 'NAME', default: 'newstest2013' },
  test: { type: 'string', description: 'wmt: test set to keep apart', valueHint: 'NAME', default: 'newstest2014' },
  classes: {
    type: 'string',
    description: 'imagenet: only these classes, one on each line of a file (n01440764, …)',
    valueHint: 'FILE',
  },
  json: commonArgs.json,
  debug: commonArgs.debug,
} as const;

/** `ringformer prepare KIND FROM…`: makes what training reads from a downloaded data set. Nothing is fetched. */
export const prepareCommand = defineCommand({
  meta: {
    name: 'prepare',
    description: "Prepare one of the paper's data sets, from files that you have, for training",
  },
  args,
  async run({ args: given, rawArgs, data }) {
    const [kind, ...from] = scan(rawArgs, args).positionals;
    const wrong = (problem: string): never => {
      throw new UsageError(`${problem} See ringformer prepare --help.`);
    };
    if (!KINDS.some((name) => name === kind))
      return wrong(
        `${kind === undefined ? 'Say what to prepare' : `'${kind}' is not known`}: one of ${KINDS.join(', ')}.`,
      );
    if (from.length === 0) wrong(`Say where the files of ${kind} are: a folder or archives.`);
    const { output } = given;
    if (output === undefined) return wrong('--output is missing: folder for what training reads.');
    const { prepare } = await import('./prepare.ts');
    const { valid, test, classes, json } = given;
    await prepare({
      ...{ kind: kind as Kind, from, output, classes, json: json === true, io: data as Io },
      languages: { from: given.from as string, to: given.to as string },
      sets: { valid: valid as string, test: test as string },
    });
  },
});
