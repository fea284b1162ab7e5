import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { RingformerError } from '@ringformer/core';
import { writeFileAtomic } from '../logs/atomic.ts';
import type { Entry } from './entries.ts';
import { pathsOf } from './settings.ts';
import type { Facts } from './subject.ts';

/** What a run's folder says of the run: its settings, with absolute paths, and what its data were when it began. */
export type RunFile = { readonly settings: Record<string, unknown>; readonly facts: Facts | undefined };

type Entries = Readonly<Record<string, Entry>>;
const FORMAT = 'ringformer-run/2';
const NAME = 'run.json';
/** Where the data were when the run was last started: a run can then be moved without them, as well as with them. */
const PLACES = 'places.json';

/** The run in a folder; undefined if there is none. @throws RingformerError 'bad-file' if its run.json is damaged */
export function readRun(folder: string, entries: Entries): RunFile | undefined {
  const path = join(folder, NAME);
  if (!existsSync(path)) return undefined;
  const found = readJson(path);
  if (found === undefined)
    throw new RingformerError(
      'bad-file',
      `${path} is damaged: expected a JSON object of settings. Restore it, or choose another --output.`,
    );
  return readRunFile(folder, found, entries);
}

/** Whether settings are those of a run, with paths relative to its folder. */
const isRunFile = ({ format }: Readonly<Record<string, unknown>>): boolean => format === FORMAT;

/** What the run.json of `folder` holds. Those of earlier versions have paths that are absolute, or relative to the caller's folder, and no facts. */
function readRunFile(folder: string, found: Readonly<Record<string, unknown>>, entries: Entries): RunFile {
  const { format, facts, ...settings } = found;
  const places = readJson(join(folder, PLACES)) ?? {};
  const base = format === FORMAT ? folder : '';
  return { settings: foundPaths(base, settings, places, entries), facts: facts as Facts | undefined };
}

type Settings = Readonly<Record<string, unknown>>;

/** Settings with absolute paths: what is stored relative to `base`, or if that isn't there, where it was. */
export function foundPaths(
  base: string,
  stored: Settings,
  places: Settings,
  entries: Entries,
): Record<string, unknown> {
  const settings: Record<string, unknown> = { ...stored };
  for (const name of pathsOf(entries)) {
    const path = settings[name];
    if (typeof path !== 'string' || path === '') continue;
    const beside = resolve(base, path);
    const place = places[name];
    settings[name] = existsSync(beside) || typeof place !== 'string' || !existsSync(place) ? beside : place;
  }
  return settings;
}

/** Settings with paths relative to `folder`, to store them there; `places` are the paths as they were. */
export function relativePaths(folder: string, settings: Settings, entries: Entries) {
  const places: Record<string, string> = {};
  const stored: Record<string, unknown> = { ...settings };
  for (const name of pathsOf(entries)) {
    const path = settings[name];
    if (typeof path !== 'string' || path === '') continue;
    places[name] = path;
    stored[name] = relative(resolve(folder), path).replaceAll(sep, '/');
  }
  return { stored, places };
}

/** Stores a run's settings in its folder, with paths relative to it. @throws RingformerError 'bad-file' */
export function writeRun(folder: string, { settings, facts }: RunFile, entries: Entries): void {
  const { stored, places } = relativePaths(folder, settings, entries);
  const run = { format: FORMAT, ...stored, ...(facts && { facts }) };
  writeFileAtomic(join(folder, PLACES), `${JSON.stringify(places, null, 2)}\n`);
  writeFileAtomic(join(folder, NAME), `${JSON.stringify(run, null, 2)}\n`);
}

export function readJson(path: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Record<string, unknown>;
  } catch {}
  return undefined;
}

/**
 * The settings in a JSON file, by name; its paths are relative to the caller's folder. The run.json of a run will do: its
 * paths are relative to that run. @throws RingformerError 'bad-file'
 */
export function readSettingsFile(path: string, entries: Readonly<Record<string, Entry>>): Record<string, unknown> {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new RingformerError('bad-file', `Cannot read settings from ${path}: ${(cause as Error).message}.`, { cause });
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw new RingformerError(
      'bad-file',
      `${path} does not hold settings: expected a JSON object such as {"steps": 1000}.`,
    );
  const settings = found as Record<string, unknown>;
  if (isRunFile(settings)) return readRunFile(dirname(path), settings, entries).settings;
  const resolved = pathsOf(entries).flatMap((name) =>
    settings[name] ? [[name, resolve(String(settings[name]))]] : [],
  );
  return { ...settings, ...Object.fromEntries(resolved) };
}
