import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bleuMeasure } from './bleu.ts';
import {
  type BootstrapOptions,
  type Comparison,
  confidenceIntervals,
  type Interval,
  pairedBootstrap,
} from './bootstrap.ts';
import { chrfMeasure } from './chrf.ts';
import { numpyIntegers } from './numpy-random.ts';
import type { References } from './references.ts';

type Corpus = { name: string; hypotheses: string[]; references: (string | null)[][] };
type Pair = { baseline: Interval & { score: number }; system: Comparison };
type Golden = {
  draws: { seed: number; limit: number; values: number[] }[];
  intervals: { name: string; samples: number; bleu: Interval; chrf: Interval }[];
  paired: {
    name: string;
    system: string[];
    baseline: string[];
    references: string[][];
    samples: number;
    bleu: Pair;
    chrf: Pair;
  }[];
};

const read = (file: string) => JSON.parse(readFileSync(new URL(`../test/goldens/${file}`, import.meta.url), 'utf8'));
const golden: Golden = read('bootstrap.json');
const { corpora }: { corpora: Corpus[] } = read('metrics.json');

const measures = (hypotheses: string[], references: References) => ({
  bleu: bleuMeasure(hypotheses, references),
  chrf: chrfMeasure(hypotheses, references),
});

// sacreBLEU adds and divides in float32, we in float64.
const closeTo = (found: object, wanted: object) => {
  for (const [key, value] of Object.entries(wanted)) {
    expect((found as Record<string, number>)[key], key).toBeCloseTo(value, 4);
  }
};

it.each(golden.draws)("draws NumPy's numbers: seed $seed, below $limit", ({ seed, limit, values }) => {
  expect(Array.from(values, numpyIntegers(seed, limit))).toEqual(values);
});

describe('sacreBLEU', () => {
  it.each(golden.intervals)('gives the same interval: $name, $samples samples', ({ name, samples, bleu, chrf }) => {
    const { hypotheses, references } = corpora.find((corpus) => corpus.name === name) as Corpus;
    const found = confidenceIntervals(measures(hypotheses, references), { samples });
    closeTo(found.bleu, bleu);
    closeTo(found.chrf, chrf);
  });

  it.each(golden.paired)('compares alike: $name', ({ system, baseline, references, samples, bleu, chrf }) => {
    const found = pairedBootstrap(measures(system, references), measures(baseline, references), { samples });
    for (const [ours, theirs] of [
      [found.bleu, bleu],
      [found.chrf, chrf],
    ] as const) {
      closeTo(ours.baseline, theirs.baseline);
      closeTo(ours.system, theirs.system);
    }
  });
});

it('another seed draws other sentences', () => {
  const { hypotheses, references } = corpora[0] as Corpus;
  const bleu = bleuMeasure(hypotheses, references);
  const means = [1, 2].map((seed) => confidenceIntervals({ bleu }, { samples: 10, seed }).bleu.mean);
  expect(means[0]).not.toBe(means[1]);
});

it.each<[string, BootstrapOptions]>([
  ['samples: expected a whole number', { samples: 1 }],
  ['seed: expected a whole number', { seed: -1 }],
])('refuses what it cannot do: %s', (_, options) => {
  const bleu = bleuMeasure(['a'], ['a']);
  expect(() => confidenceIntervals({ bleu }, options)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
});

it('refuses systems of different lengths', () => {
  const [one, two] = [bleuMeasure(['a'], ['a']), bleuMeasure(['a', 'b'], ['a', 'b'])];
  expect(() => pairedBootstrap({ bleu: one }, { bleu: two })).toThrow('Give both the same sentences');
});
