import { random32, randomStream } from '../random.ts';
import type { TextPair } from '../text-pair.ts';
import { endsSentence, toCapitals, toSmallLetters, withoutFinalMark, withTypingError } from './letters.ts';
import { type NumberStyle, swapNumbers } from './numbers.ts';
import { insertSpan } from './spans.ts';
import { swapEntries } from './swap.ts';
import type { SwapTable } from './table.ts';

/** How often each change is made, from 0 (never, the default) to 1 (whenever it can be). */
export type AugmentRates = {
  /** One or two more sentences of the same source put after this one. */
  readonly join?: number;
  /** Names, places and other entries of the table changed for others, on both sides. */
  readonly swap?: number;
  /** Digits of numbers, dates, times and amounts changed, on both sides. */
  readonly numbers?: number;
  /** An address, placeholder, code or emoji put in, on both sides. */
  readonly spans?: number;
  /** The final mark taken away, on both sides. */
  readonly unmarked?: number;
  /** A typing error in the source. */
  readonly typos?: number;
  /** The source in small letters. */
  readonly small?: number;
  /** Both sides in capitals. */
  readonly capitals?: number;
};

/** The names of the rates, in the order in which the changes are made. */
export const AUGMENTATIONS = [
  'join',
  'swap',
  'numbers',
  'spans',
  'unmarked',
  'typos',
  'small',
  'capitals',
] as const satisfies readonly (keyof AugmentRates)[];

export type AugmentOptions = {
  readonly rates: AugmentRates;
  readonly table: SwapTable;
  readonly style: NumberStyle;
  /** Another pair of the same source, for joining, by a number in [0, 1). */
  readonly partner: (at: number) => TextPair;
  /** Decides everything: the same seed and pair give the same result on every machine. */
  readonly seed: number;
};

const LONGEST_JOINED = 240; // characters of either side

/** A pair changed at random. Each change has a stream of its own, so that one rate does not disturb the others. */
export function augmentPair(pair: TextPair, { rates, table, style, partner, seed }: AugmentOptions): TextPair {
  const change = {
    join: (pair, random) => joinSentences(pair, partner, random),
    swap: (pair, random) => swapEntries(pair, table, random),
    numbers: (pair, random) => swapNumbers(pair, style, random),
    spans: (pair, random) => insertSpan(pair, table, random),
    unmarked: withoutFinalMark,
    typos: withTypingError,
    small: toSmallLetters,
    capitals: toCapitals,
  } satisfies Record<keyof AugmentRates, (pair: TextPair, random: () => number) => TextPair>;
  let changed = pair;
  AUGMENTATIONS.forEach((name, i) => {
    const random = randomStream(random32(seed, i));
    if (random() < (rates[name] ?? 0)) changed = change[name](changed, random);
  });
  return changed;
}

/** Two sentences on a line, or now and then three. Only what ends as a sentence is joined. */
export function joinSentences(pair: TextPair, partner: (at: number) => TextPair, random: () => number): TextPair {
  let joined = pair;
  for (let more = random() < 0.25 ? 2 : 1; more > 0; more--) {
    const next = partner(random());
    if (![joined.source, joined.target, next.source, next.target].every(endsSentence)) break;
    const longer = { source: `${joined.source} ${next.source}`, target: `${joined.target} ${next.target}` };
    if (Math.max(longer.source.length, longer.target.length) > LONGEST_JOINED) break;
    joined = longer;
  }
  return joined;
}

/** What is wrong with rates that somebody wrote: nothing if the list is empty. */
export function problemsOfRates(rates: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(rates).flatMap(([name, rate]) => {
    if (!(AUGMENTATIONS as readonly string[]).includes(name)) {
      return [`${name} is not a rate. The rates: ${AUGMENTATIONS.join(', ')}.`];
    }
    if (typeof rate === 'number' && rate >= 0 && rate <= 1) return [];
    return [`rate ${name} must be a number from 0 to 1; got ${JSON.stringify(rate)}.`];
  });
}
