import { RingformerError } from '@ringformer/core/base';
import { random32, shuffle } from './random.ts';

/** What a mixture draws from. */
export type MixtureSource = {
  readonly lines: number;
  /** How often a line of this source is drawn, compared with a line of a source of weight 1. */
  readonly weight: number;
};

export type MixtureOptions = {
  /** Above 1, small sources are drawn more often: a source's share is weight · lines^(1 / temperature). 1 by default. */
  readonly temperature?: number;
  /** Pairs in an epoch, give or take one per source. */
  readonly epochPairs: number;
  readonly seed: number;
};

/** One draw: a line of a source, and how many were drawn from that source before. */
export type Draw = { readonly source: number; readonly line: number; readonly draw: number };

/** The plan of what is drawn when. */
export type Mixture = {
  /** Each source's share of all draws; they add up to 1. */
  readonly shares: readonly number[];
  /** The draws of an epoch, source by source. Epochs can be requested in any order. */
  epoch(epoch: number): Draw[];
};

/**
 * Plans an endless mixture of sources. A source's lines come in passes, each line once in every pass, in an order that only
 * the seed and the pass decide; an epoch does not depend on what was drawn before. Throws `bad-argument`.
 */
export function planMixture(sources: readonly MixtureSource[], options: MixtureOptions): Mixture {
  const { temperature = 1, epochPairs, seed } = options;
  checkMixture(sources, options);
  const sizes = sources.map(({ lines, weight }) => weight * lines ** (1 / temperature));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map((size) => size / total);
  const drawn = (source: number, epoch: number) => Math.round(epoch * epochPairs * shares[source]!);
  const orderOf = sources.map(({ lines }, source) => passes(lines, random32(seed, source)));
  return {
    shares,
    epoch(epoch) {
      const draws: Draw[] = [];
      sources.forEach(({ lines }, source) => {
        const end = drawn(source, epoch + 1);
        for (let draw = drawn(source, epoch); draw < end; draw++) {
          const order = orderOf[source]?.(Math.floor(draw / lines)) as Uint32Array;
          draws.push({ source, line: order[draw % lines]!, draw });
        }
      });
      return draws;
    },
  };
}

/** The order of each pass over that many lines; the last one requested is cached. */
function passes(lines: number, seed: number): (pass: number) => Uint32Array {
  let kept: { pass: number; order: Uint32Array } | undefined;
  return (pass) => {
    if (kept?.pass !== pass) {
      const order = Uint32Array.from({ length: lines }, (_, i) => i);
      shuffle(order, random32(seed, pass));
      kept = { pass, order };
    }
    return kept.order;
  };
}

function checkMixture(sources: readonly MixtureSource[], { temperature = 1, epochPairs, seed }: MixtureOptions): void {
  const refuse = (message: string): never => {
    throw new RingformerError('bad-argument', `[ringformer/text] ${message}`);
  };
  if (sources.length === 0) refuse('A mixture needs at least one source.');
  sources.forEach(({ lines, weight }, i) => {
    if (!Number.isInteger(lines) || lines < 1) refuse(`Source ${i} of a mixture must have lines; got ${lines}.`);
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY))
      refuse(`weight must be above 0; source ${i} has ${weight}.`);
  });
  if (!(temperature > 0)) refuse(`temperature must be above 0; got ${temperature}.`);
  if (!Number.isInteger(epochPairs) || epochPairs < 1) {
    refuse(`epochPairs must be an integer of 1 or more; got ${epochPairs}.`);
  }
  if (!Number.isInteger(seed)) refuse(`seed must be an integer; got ${seed}.`);
}
