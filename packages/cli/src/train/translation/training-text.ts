import { existsSync, readFileSync } from 'node:fs';
import { deriveSeed, RingformerError } from '@ringformer/core';
import type { IdPair, Tokenizer } from '@ringformer/text';
import { type OpenMixture, openMixture, readLines, readMixtureFile } from '@ringformer/text/node';
import { writeFileAtomic } from '../../logs/atomic.ts';
import { packIds, readCorpus } from './data.ts';
import type { TranslationSettings } from './settings.ts';

/** A pair as ids, and the source of the text that it comes from. */
export type SourcedPair = IdPair & { readonly from: number };

/** What a run learns from: one pair of files, or a mixture of several. */
export type TrainingText = {
  /** The names of its sources: a single empty one unless it is a mixture. */
  readonly names: readonly string[];
  /** A description of the text. */
  says(): string;
  /** The lines of both sides, for training the tokenizer. */
  lines(): AsyncIterable<string> | Iterable<string>;
  /** The pairs of an epoch, the same ones each time. */
  open(tokenizer: Tokenizer): Promise<(epoch: number) => readonly SourcedPair[]>;
  /** Writes what the run keeps about it. */
  begin(): void;
};

/** The text that the settings name. A mixture stores its fingerprint at `path`, and a resumed run must find the same one. */
export async function openText(
  settings: TranslationSettings,
  path: string,
  signal: AbortSignal,
  resumed: boolean,
): Promise<TrainingText> {
  if (settings.mixture === '') return oneText(settings, signal);
  const mixture = await openMixture(readMixtureFile(settings.mixture), { seed: settings.seed, signal });
  const { names, lines, shares, fingerprint } = mixture;
  if (resumed && existsSync(path)) {
    const stored = JSON.parse(readFileSync(path, 'utf8')) as { fingerprint?: string };
    if (stored.fingerprint !== fingerprint) {
      throw new RingformerError(
        'bad-argument',
        `${settings.mixture} or its text has changed since this run began (see ${path}). Restore it, or start a new run with --init.`,
      );
    }
  }
  const sources = names.map((name, i) => ({ name, lines: lines[i], share: shares[i] }));
  const begin = () => writeFileAtomic(path, `${JSON.stringify({ fingerprint, sources }, null, 2)}\n`);
  return { ...mixedText(mixture, settings), begin };
}

function mixedText(mixture: OpenMixture, { bpeDropout }: TranslationSettings): Omit<TrainingText, 'begin'> {
  const { names, lines } = mixture;
  const count = lines.reduce((sum, lines) => sum + lines, 0);
  return {
    names,
    says: () => `${names.length} sources of ${count.toLocaleString('en')} pairs`,
    *lines() {
      for (let epoch = 0, seen = 0; seen < count; epoch++) {
        const pairs = mixture.epoch(epoch);
        for (const { source, target } of pairs) yield* [source, target];
        seen += pairs.length;
      }
    },
    async open(tokenizer) {
      const pack = packIds(tokenizer);
      return (epoch) =>
        mixture.epoch(epoch).map(({ source, target, from, seed }) => ({
          source: pack(tokenizer.encode(source, { dropout: bpeDropout, seed })),
          target: pack(tokenizer.encode(target)),
          from,
        }));
    },
  };
}

function oneText({ source, target, bpeDropout, seed }: TranslationSettings, signal: AbortSignal): TrainingText {
  let count = 0;
  return {
    names: [''],
    says: () => `${count.toLocaleString('en')} pairs`,
    begin() {},
    async *lines() {
      yield* readLines(source, { signal });
      yield* readLines(target, { signal });
    },
    async open(tokenizer) {
      const { pairs, texts } = await readCorpus(source, target, tokenizer, signal);
      const sourced = pairs.map((pair) => ({ ...pair, from: 0 }));
      count = pairs.length;
      if (bpeDropout === 0) return () => sourced;
      const pack = packIds(tokenizer);
      return (epoch) =>
        sourced.map((pair, i) => {
          const options = { dropout: bpeDropout, seed: deriveSeed(deriveSeed(seed, epoch), i) };
          return { ...pair, source: pack(tokenizer.encode(texts.source[i] as string, options)) };
        });
    },
  };
}
