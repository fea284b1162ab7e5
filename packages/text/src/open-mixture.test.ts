import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testLines } from '../test/lines.ts';
import { readMixtureFile } from './mixture-file.ts';
import { openMixture } from './open-mixture.ts';

let folder: string;
const sources = [
  { name: 'talk', source: 'text/a.de', target: 'text/a.en', weight: 2 },
  { source: 'text/b.de', target: 'text/b.en', augment: { swap: 0, capitals: 1 } },
];
const mixture = { languages: ['de', 'en'], epochPairs: 300, table: 'names.tsv', augment: { swap: 1 }, sources };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mixture '));
  mkdirSync(join(folder, 'text'));
  for (const side of ['de', 'en'] as const) {
    const lines = testLines(side);
    writeFileSync(join(folder, `text/a.${side}`), `${lines.slice(0, 200).join('\n')}\n`);
    writeFileSync(join(folder, `text/b.${side}`), lines.slice(200, 300).join('\r\n'));
  }
  writeFileSync(join(folder, 'names.tsv'), 'man\tTom\tTom\tfind\nman\tXaver\tXaver\tuse\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown, name = 'mixture.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const open = (content: unknown = mixture, seed = 1) => openMixture(readMixtureFile(file(content)), { seed });

describe('readMixtureFile', () => {
  it('resolves paths from the file, and prefers the rates of a source to those of all', () => {
    expect(readMixtureFile(file(mixture))).toEqual({
      languages: ['de', 'en'],
      temperature: 1,
      epochPairs: 300,
      table: join(folder, 'names.tsv'),
      sources: [
        {
          name: 'talk',
          source: join(folder, 'text/a.de'),
          target: join(folder, 'text/a.en'),
          weight: 2,
          augment: { swap: 1 },
        },
        {
          name: 'source 2',
          source: join(folder, 'text/b.de'),
          target: join(folder, 'text/b.en'),
          weight: 1,
          augment: { swap: 0, capitals: 1 },
        },
      ],
    });
  });

  it('lists everything that is wrong', () => {
    const wrong = {
      languages: 'de',
      temperature: 0,
      epochPairs: 0,
      table: 1,
      weights: {},
      sources: [
        { source: 'a', weight: -1, augment: { names: 1 } },
        { name: 'x', source: 'a', target: 'b' },
        { name: 'x', source: 'a', target: 'b' },
        3,
      ],
    };
    const problems = [
      /weights is not a known key/,
      /languages must be two/,
      /temperature must be/,
      /epochPairs must be/,
      /table must be/,
      /source 1 \(source 1\): target must be/,
      /source 1 \(source 1\): weight must be/,
      /source 1 \(source 1\): names is not a rate/,
      /source 4 \(source 4\): source must be/,
      /"x" is the name of two sources/,
    ];
    for (const problem of problems) expect(() => readMixtureFile(file(wrong))).toThrow(problem);
  });

  it.each([
    ['{', /is not JSON/],
    ['[]', /must contain a JSON object/],
    ['{}', /sources must list/],
  ])('refuses %s', (content, message) => {
    expect(() => readMixtureFile(file(content))).toThrow(message);
    expect(() => readMixtureFile(file(content))).toThrow(expect.objectContaining({ code: 'bad-file' }));
  });

  it('says that a file is missing', () => {
    expect(() => readMixtureFile(join(folder, 'none.json'))).toThrow(/none\.json cannot be read/);
  });
});

describe('openMixture', () => {
  it('draws by weight, and changes each source by its rates', async () => {
    const { names, lines, shares, epoch } = await open();
    expect({ names, lines, shares }).toEqual({ names: ['talk', 'source 2'], lines: [200, 100], shares: [0.8, 0.2] });
    const pairs = epoch(0);
    expect(pairs.length).toBe(300);
    const [talk, loud] = [0, 1].map((from) => pairs.filter((pair) => pair.from === from)) as [
      typeof pairs,
      typeof pairs,
    ];
    expect([talk.length, loud.length]).toEqual([240, 60]);
    expect(talk.some(({ source }) => source.includes('Xaver'))).toBe(true);
    for (const { source, target } of loud)
      expect([source, target]).toEqual([source.toUpperCase(), target.toUpperCase()]);
    expect(new Set(pairs.map(({ seed }) => seed)).size).toBe(300);
  });

  it('returns the same epochs whoever opens it, starting at any epoch', async () => {
    const [one, other] = [await open(), await open()];
    one.epoch(0);
    expect(one.epoch(3)).toEqual(other.epoch(3));
    expect(one.epoch(3)).not.toEqual((await open(mixture, 2)).epoch(3));
  });

  it('has a fingerprint of all that matters', async () => {
    const { fingerprint } = await open();
    expect((await open(mixture, 7)).fingerprint).toBe(fingerprint);
    expect((await open({ ...mixture, augment: { swap: 0.9 } })).fingerprint).not.toBe(fingerprint);
    expect((await open({ ...mixture, table: '' })).fingerprint).not.toBe(fingerprint);
    const swapped = [{ ...sources[0], source: 'text/a.en' }, sources[1]];
    expect((await open({ ...mixture, sources: swapped })).fingerprint).not.toBe(fingerprint);
  });

  it('refuses an empty source', async () => {
    for (const side of ['de', 'en']) file('', `empty.${side}`);
    const empty = { ...mixture, sources: [{ source: 'empty.de', target: 'empty.en' }] };
    await expect(open(empty)).rejects.toThrow(/empty\.de is empty/);
  });
});
