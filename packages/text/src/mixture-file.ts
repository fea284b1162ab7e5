import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RingformerError } from '@ringformer/core/base';
import { type AugmentRates, problemsOfRates } from './augment/augment.ts';

/** A mixture file with its paths made absolute. */
export type MixtureFile = {
  /** Tags of the source and target languages ('de', 'en'): they decide how numbers are written. */
  readonly languages: readonly [string, string];
  readonly temperature: number;
  readonly epochPairs: number;
  /** A file of names and other words to swap; see `readSwapTable`. '' for none. */
  readonly table: string;
  readonly sources: readonly {
    readonly name: string;
    readonly source: string;
    readonly target: string;
    readonly weight: number;
    readonly augment: AugmentRates;
  }[];
};

/** Reads a mixture file. Throws `bad-file` if it cannot be read, or with a list of everything that is wrong in it. */
export function readMixtureFile(path: string): MixtureFile {
  const folder = dirname(resolve(path));
  const json = parse(path);
  const problems: string[] = [];
  const expect: Expect = (fits, problem) => {
    if (!fits) problems.push(`  - ${problem}`);
  };
  for (const key of Object.keys(json))
    expect(KEYS.includes(key), `${key} is not a known key. Keys are ${KEYS.join(', ')}.`);
  const { languages, temperature = 1, epochPairs = 65_536, table = '', augment = {}, sources } = json;
  const tags = Array.isArray(languages) && languages.length === 2 && languages.every((tag) => isLanguage(tag));
  expect(tags, `languages must be two language tags such as ["de", "en"].`);
  expect(isNumber(temperature) && temperature > 0, 'temperature must be a number above 0.');
  expect(Number.isInteger(epochPairs) && (epochPairs as number) > 0, 'epochPairs must be an integer of 1 or more.');
  expect(typeof table === 'string', "table must be a file's path.");
  expect(isObject(augment), 'augment must be an object of rates by name.');
  expect(Array.isArray(sources) && sources.length > 0, 'sources must list at least one source.');
  const entries = Array.isArray(sources) ? (sources as unknown[]) : [];
  const read = entries.map((entry, i) => readSource(entry, `source ${i + 1}`, { folder, augment, expect }));
  const names = read.map(({ name }) => name);
  for (const name of new Set(names.filter((name, i) => names.indexOf(name) < i))) {
    expect(false, `${JSON.stringify(name)} is the name of two sources; each needs its own.`);
  }
  if (problems.length > 0) {
    throw new RingformerError('bad-file', `[ringformer/text] ${path} is not a mixture file:\n${problems.join('\n')}`);
  }
  return {
    languages: languages as [string, string],
    temperature: temperature as number,
    epochPairs: epochPairs as number,
    table: table === '' ? '' : resolve(folder, table as string),
    sources: read,
  };
}

type Expect = (fits: boolean, problem: string) => void;
type Context = { readonly folder: string; readonly augment: unknown; readonly expect: Expect };

function readSource(entry: unknown, fallback: string, { folder, augment, expect }: Context) {
  const given = isObject(entry) ? entry : {};
  const { name = fallback, source = '', target = '', weight = 1, augment: own = {} } = given;
  expect(typeof name === 'string' && name !== '', `${fallback}: name must be a string that is not empty.`);
  const where = `${fallback} (${name})`;
  for (const key of Object.keys(given)) {
    expect(SOURCE_KEYS.includes(key), `${where}: ${key} is not a known key. Keys are ${SOURCE_KEYS.join(', ')}.`);
  }
  for (const [side, file] of Object.entries({ source, target })) {
    expect(typeof file === 'string' && file !== '', `${where}: ${side} must be a file's path.`);
  }
  expect(isNumber(weight) && weight > 0, `${where}: weight must be a number above 0.`);
  expect(isObject(own), `${where}: augment must be an object of rates by name.`);
  const rates = { ...Object(augment), ...Object(own) } as Record<string, unknown>;
  for (const problem of problemsOfRates(rates)) expect(false, `${where}: ${problem}`);
  return {
    name: String(name),
    source: resolve(folder, String(source)),
    target: resolve(folder, String(target)),
    weight: weight as number,
    augment: rates as AugmentRates,
  };
}

const KEYS = ['languages', 'temperature', 'epochPairs', 'table', 'augment', 'sources'];
const SOURCE_KEYS = ['name', 'source', 'target', 'weight', 'augment'];

function parse(path: string): Record<string, unknown> {
  const text = readText(path);
  try {
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return json;
  } catch (cause) {
    throw new RingformerError('bad-file', `[ringformer/text] ${path} is not JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
  throw new RingformerError('bad-file', `[ringformer/text] ${path} must contain a JSON object with 'sources'.`);
}

/** The text of a UTF-8 file. Throws `bad-file`. */
export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new RingformerError('bad-file', `[ringformer/text] ${path} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function isLanguage(tag: unknown): boolean {
  try {
    return typeof tag === 'string' && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
