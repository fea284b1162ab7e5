import { type ArgDef, defineCommand } from 'citty';
import { UsageError } from './errors.ts';
import { choice, commonArgs, number } from './flags.ts';
import type { Io } from './io.ts';
import { type Entries, type Entry, flagOf } from './train/settings.ts';
import { TRANSLATION_SETTINGS } from './train/translation/settings.ts';

function flagsOf<S>(settings: Entries<S>): Record<string, ArgDef> {
  return Object.fromEntries(
    Object.entries<Entry>(settings).map(([name, { says, choices, default: initial }]): [string, ArgDef] => {
      const description = initial === '' ? says : `${says} (${initial})`;
      if (choices) return [flagOf(name), choice(description, choices)];
      if (typeof initial === 'number') return [flagOf(name), number(description, { min: 0 })];
      return [flagOf(name), { type: 'string', description, valueHint: 'FILE' }];
    }),
  );
}

const args = {
  output: { type: 'string', alias: 'o', description: 'folder of the run; one that is there goes on', valueHint: 'DIR' },
  settings: { type: 'string', description: 'JSON file of settings; flags override it', valueHint: 'FILE' },
  workers: number('threads that share the batches of an update', { min: 1, whole: true, default: '1' }),
  ...flagsOf(TRANSLATION_SETTINGS),
  backend: commonArgs.backend,
  json: commonArgs.json,
  debug: commonArgs.debug,
} as const;

/** `ringformer train`: learns a translation model from parallel text, and goes on where it was stopped or killed. */
export const trainCommand = defineCommand({
  meta: { name: 'train', description: 'Train a translation model from parallel text; run again, it goes on' },
  args,
  async run({ args: given, data }) {
    const flags = given as unknown as Record<string, string | undefined>;
    if (flags.output === undefined)
      throw new UsageError('--output wants the folder of the run. See ringformer train --help.');
    const [{ startBackend }, { trainFrom }, { TRANSLATION }] = await Promise.all([
      import('./backends.ts'),
      import('./train/index.ts'),
      import('./train/translation/index.ts'),
    ]);
    const backend = await startBackend(flags.backend as 'wasm' | 'cpu');
    await trainFrom(TRANSLATION, flags, backend, data as Io);
  },
});
