import { resolve } from 'node:path';
import type { Backend, Tree } from '@ringformer/core';
import { UsageError } from '../errors.ts';
import { type Io, write } from '../io.ts';
import { runTraining } from './run.ts';
import { readSettingsFile } from './run-file.ts';
import { type CommonSettings, cannotStart, type Entry, flagOf, overridden, parseSettings } from './settings.ts';
import type { Subject } from './subject.ts';

/**
 * Runs `ringformer train` from parsed flags (kebab-case names); paths in a settings file, too, are relative to the caller's
 * folder.
 */
export async function trainFrom<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  flags: Record<string, string | undefined>,
  backend: Backend,
  io: Io,
): Promise<void> {
  const file = flags.settings ? readSettingsFile(flags.settings, subject.settings) : {};
  const typed: Record<string, unknown> = {};
  for (const [name, { path }] of Object.entries<Entry>(subject.settings)) {
    const value = flags[flagOf(name)];
    if (value !== undefined) typed[name] = path && value ? resolve(value) : value;
  }
  const given = { ...overridden(file, typed), ...typed };
  const { output } = flags;
  if (output === undefined) {
    const { problems } = parseSettings(subject, given);
    throw new UsageError(cannotStart(subject, ['--output is missing: folder of the run.', ...problems]));
  }
  const result = await runTraining(backend, subject, { output, given, workers: Number(flags.workers ?? 1), io });
  if (flags.json) await write(io.stdout, `${JSON.stringify(result)}\n`);
}
