import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { RingformerError } from '@ringformer/core';
import { writeFileAtomic } from '../logs/atomic.ts';
import { type Entry, pathsOf } from './settings.ts';
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
  const { format, facts, ...rest } = found;
  const settings: Record<string, unknown> = rest;
  const places = readJson(join(folder, PLACES)) ?? {};
  for (const name of pathsOf(entries)) {
    const stored = settings[name];
    if (typeof stored !== 'string' || stored === '') continue;
    const beside = resolve(format === FORMAT ? folder : '', stored);
    const place = places[name];
    settings[name] = existsSync(beside) || typeof place !== 'string' || !existsSync(place) ? beside : place;
  }
  return { settings, facts: facts as Facts | undefined };
}

/** Stores a run's settings in its folder, with paths relative to it. @throws RingformerError 'bad-file' */
export function writeRun(folder: string, { settings, facts }: RunFile, entries: Entries): void {
  const places: Record<string, string> = {};
  const stored: Record<string, unknown> = { format: FORMAT, ...settings };
  for (const name of pathsOf(entries)) {
    const path = settings[name];
    if (typeof path !== 'string' || path === '') continue;
    places[name] = path;
    stored[name] = relative(resolve(folder), path).replaceAll(sep, '/');
  }
  writeFileAtomic(join(folder, PLACES), `${JSON.stringify(places, null, 2)}\n`);
  writeFileAtomic(join(folder, NAME), `${JSON.stringify(facts ? { ...stored, facts } : stored, null, 2)}\n`);
}

function readJson(path: string): Record<string, unknown> | undefined {
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
