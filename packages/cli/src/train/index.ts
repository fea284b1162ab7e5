import { resolve } from 'node:path';
import type { Backend } from '@ringformer/core';
import { runTraining } from './run.ts';
import { flagOf, readSettingsFile, SETTINGS } from './settings.ts';

export { flagOf, readSettingsFile, SETTINGS } from './settings.ts';

/** Every flag of `ringformer train`, as citty's argument definitions. */
export const trainArgs = {
  output: {
    type: 'string',
    description: 'folder of the run; a run that is there goes on',
    required: true,
    valueHint: 'DIR',
  },
  settings: { type: 'string', description: 'JSON file of settings; flags override it', valueHint: 'FILE' },
  workers: { type: 'string', description: 'threads that share the batches of an update', default: '1' },
  ...Object.fromEntries(
    Object.entries(SETTINGS).map(([name, entry]) => [
      flagOf(name),
      { type: 'string' as const, description: `${entry.says}${entry.default === '' ? '' : ` (${entry.default})`}` },
    ]),
  ),
} as const;

/** Runs `ringformer train` from parsed flags (kebab-case names). */
export async function trainFrom(
  flags: Record<string, string | undefined>,
  backend: Backend,
  signal: AbortSignal,
): Promise<void> {
  const fromFlags = Object.fromEntries(
    Object.keys(SETTINGS).flatMap((name) => (flags[flagOf(name)] === undefined ? [] : [[name, flags[flagOf(name)]]])),
  );
  const fromFile = flags.settings ? readSettingsFile(flags.settings) : {};
  const given = { ...fromFile, ...fromFlags };
  for (const name of ['source', 'target', 'validSource', 'validTarget'])
    if (given[name]) given[name] = resolve(String(given[name]));
  await runTraining(backend, { output: flags.output as string, given, workers: Number(flags.workers ?? 1), signal });
}
