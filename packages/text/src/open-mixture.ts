import { createHash } from 'node:crypto';
import { RingformerError } from '@ringformer/core/base';
import { type AugmentRates, augmentPair } from './augment/augment.ts';
import { numberStyle } from './augment/numbers.ts';
import { readSwapTable, type SwapTable } from './augment/table.ts';
import { planMixture } from './mixture.ts';
import { type MixtureFile, readText } from './mixture-file.ts';
import { type PairStore, storePairs } from './pair-store.ts';
import { random32 } from './random.ts';
import { type ReadLinesOptions, readParallel } from './read-lines.ts';
import type { TextPair } from './text-pair.ts';

/** A pair of an epoch, changed as the mixture says. */
export type MixedPair = TextPair & {
  /** The index of its source in the mixture. */
  readonly from: number;
  /** A unique number for whatever else is random about this draw. */
  readonly seed: number;
};

/** A mixture whose text is in memory. */
export type OpenMixture = {
  readonly names: readonly string[];
  /** Lines in each source. */
  readonly lines: readonly number[];
  /** Each source's share of the pairs. */
  readonly shares: readonly number[];
  /** A fingerprint of what the pairs depend on besides the seed: it changes with any line, weight, rate or table. */
  readonly fingerprint: string;
  /** The pairs of an epoch, always the same ones. */
  epoch(epoch: number): MixedPair[];
};

/** Reads all text of a mixture into memory. Throws as `readParallel`, `readSwapTable` and `planMixture` do. */
export async function openMixture(
  file: MixtureFile,
  { seed, signal }: ReadLinesOptions & { readonly seed: number },
): Promise<OpenMixture> {
  const { sources, languages, temperature, epochPairs } = file;
  const hash = createHash('sha256').update(
    JSON.stringify([
      languages,
      temperature,
      epochPairs,
      sources.map(({ name, weight, augment }) => [name, weight, augment]),
    ]),
  );
  const stores: PairStore[] = [];
  for (const { name, source, target } of sources) {
    const pairs = async function* () {
      for await (const pair of readParallel(source, target, { signal })) {
        hash.update(`${pair.source}\n${pair.target}\n`);
        yield pair;
      }
    };
    const store = await storePairs(pairs());
    if (store.length === 0) {
      throw new RingformerError('bad-file', `[ringformer/text] ${source} is empty. Remove '${name}' from the mixture.`);
    }
    stores.push(store);
  }
  const table = readTable(file.table, (text) => hash.update(text));
  const style = numberStyle(...languages);
  const plan = planMixture(
    sources.map(({ weight }, i) => ({ weight, lines: (stores[i] as PairStore).length })),
    { temperature, epochPairs, seed },
  );
  return {
    names: sources.map(({ name }) => name),
    lines: stores.map(({ length }) => length),
    shares: plan.shares,
    fingerprint: hash.digest('hex'),
    epoch: (epoch) =>
      plan.epoch(epoch).map(({ source: from, line, draw }) => {
        const store = stores[from] as PairStore;
        const drawSeed = random32(random32(seed, -1 - from), draw);
        const pair = augmentPair(store.pair(line), {
          rates: sources[from]?.augment as AugmentRates,
          table,
          style,
          partner: (at) => store.pair(Math.floor(at * store.length)),
          seed: drawSeed,
        });
        return { ...pair, from, seed: drawSeed };
      }),
  };
}

function readTable(path: string, seen: (text: string) => void): SwapTable {
  if (path === '') return { find: new Map(), use: new Map() };
  const text = readText(path);
  seen(text);
  return readSwapTable(text.split(/\r?\n/), path);
}
