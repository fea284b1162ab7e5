import { resolve } from 'node:path';
import type { Backend } from '@ringformer/core';
import { type Io, write } from '../io.ts';
import { runTraining } from './run.ts';
import { flagOf, readSettingsFile, SETTINGS } from './settings.ts';

const PATHS = ['source', 'target', 'validSource', 'validTarget'];

/** Runs `ringformer train` from parsed flags (kebab-case names); paths in a settings file are relative to the caller's folder too. */
export async function trainFrom(flags: Record<string, string | undefined>, backend: Backend, io: Io): Promise<void> {
  const given: Record<string, unknown> = flags.settings ? readSettingsFile(flags.settings) : {};
  for (const name of Object.keys(SETTINGS)) {
    const value = flags[flagOf(name)];
    if (value !== undefined) given[name] = value;
  }
  for (const name of PATHS) if (given[name]) given[name] = resolve(String(given[name]));
  const output = flags.output as string;
  const result = await runTraining(backend, { output, given, workers: Number(flags.workers ?? 1), io });
  if (flags.json) await write(io.stdout, `${JSON.stringify(result)}\n`);
}
