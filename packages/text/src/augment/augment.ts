import { random32, randomStream } from '../random.ts';
import type { TextPair } from '../text-pair.ts';
import { endsSentence, toCapitals, toSmallLetters, withoutFinalMark, withTypingError } from './letters.ts';
import { type NumberStyle, swapNumbers } from './numbers.ts';
import { insertSpan } from './spans.ts';
import { swapEntries } from './swap.ts';
import type { SwapTable } from './table.ts';

/** How often each change is made, from 0 (never, the default) to 1 (whenever possible). */
export type AugmentRates = {
  /** Appends one or two more sentences of the same source. */
  readonly join?: number;
  /** Swaps names, places and other entries of the table for others, on both sides. */
  readonly swap?: number;
  /** Changes digits of numbers, dates, times and amounts, on both sides. */
  readonly numbers?: number;
  /** Inserts an address, placeholder, code or emoji, on both sides. */
  readonly spans?: number;
  /** Removes the final punctuation mark, on both sides. */
  readonly unmarked?: number;
  /** Makes a typing error in the source. */
  readonly typos?: number;
  /** Writes the source in lower case. */
  readonly small?: number;
  /** Writes both sides in capitals. */
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
  /** Another pair of the same source, for joining, chosen by a number in [0, 1). */
  readonly partner: (at: number) => TextPair;
  /** Decides everything: the same seed and pair give the same result on every machine. */
  readonly seed: number;
};

const LONGEST_JOINED = 240; // characters of either side

/** A pair, changed at random. Each change has its own random stream, so that one rate does not affect the others. */
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

/** Two sentences on a line, or sometimes three. Only lines that end like a sentence are joined. */
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

/** Problems with rates that somebody wrote; an empty list if there are none. */
export function problemsOfRates(rates: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(rates).flatMap(([name, rate]) => {
    if (!(AUGMENTATIONS as readonly string[]).includes(name)) {
      return [`${name} is not a rate. Rates are ${AUGMENTATIONS.join(', ')}.`];
    }
    if (typeof rate === 'number' && rate >= 0 && rate <= 1) return [];
    return [`rate ${name} must be a number from 0 to 1; got ${JSON.stringify(rate)}.`];
  });
}
