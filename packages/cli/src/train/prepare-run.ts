import { changedSettings, RingformerError, type Tree } from '@ringformer/core';
import type { RunFile } from './run-file.ts';
import {
  COURSE,
  type CommonSettings,
  EITHER,
  flagOf,
  mayChange,
  overridden,
  pathsOf,
  readSettings,
} from './settings.ts';
import type { Subject } from './subject.ts';

/** What to compute with: the settings of the run in the folder, if there is one, with those given now. */
export function settingsOf<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  before: RunFile | undefined,
  given: Readonly<Record<string, unknown>>,
): S {
  for (const [updates, epochs] of EITHER) {
    if (given[updates] === undefined || !(Number(given[epochs]) > 0)) continue;
    throw new RingformerError(
      'bad-argument',
      `A run has either --${flagOf(updates)} or --${flagOf(epochs)}: leave one of them out.`,
    );
  }
  return readSettings(subject, before && overridden(before.settings, given), given);
}

/** @throws RingformerError 'bad-argument' if a setting that shaped the weights so far has changed */
export function checkUnchanged<S extends CommonSettings, P extends Tree, Batch>(
  subject: Subject<S, P, Batch>,
  { settings: stored }: RunFile,
  settings: S,
  output: string,
): void {
  const free = new Set([...mayChange(settings), ...subject.mayChange, ...pathsOf(subject.settings)]);
  const fixed = Object.keys(stored).filter((name) => !free.has(name) && name in settings);
  const [changed] = changedSettings(stored, settings, fixed);
  if (changed === undefined) return;
  throw new RingformerError(
    'bad-argument',
    `${output} holds a run with ${changed} ${stored[changed]}, not ${settings[changed as keyof S]}. Leave --${flagOf(changed)} out to resume it, or choose another --output.`,
  );
}

/** How the course of a resumed run has changed: [name, before, now]. */
export function changedCourse(
  before: RunFile | undefined,
  settings: CommonSettings,
): (readonly [name: string, before: unknown, now: unknown])[] {
  if (!before) return [];
  return COURSE.filter((name) => name in before.settings && before.settings[name] !== settings[name]).map(
    (name) => [name, before.settings[name], settings[name]] as const,
  );
}

/** The same settings, with updates for what they count in epochs. */
export function inUpdates<S extends CommonSettings>(settings: S, batchesPerEpoch: number): S {
  const { epochs, warmupEpochs, evaluateEpochs, accumulate } = settings;
  const updates = (count: number) => Math.max(1, Math.ceil((count * batchesPerEpoch) / accumulate));
  return {
    ...settings,
    ...(epochs > 0 && { steps: updates(epochs) }),
    ...(warmupEpochs > 0 && { warmup: updates(warmupEpochs) }),
    ...(evaluateEpochs > 0 && { evaluateEvery: updates(evaluateEpochs) }),
  };
}
