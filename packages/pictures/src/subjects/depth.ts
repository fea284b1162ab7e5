import type { Chart, HeatMap } from '../picture.ts';
import { decimal, largest, numbered, percent } from './parts.ts';
import { NAMES, type Strength } from './signals.ts';

/** Quality of the first `levels` levels: the share of right answers, and of those that all levels give, too. */
export type Depth = { readonly levels: number; readonly accuracy: number; readonly agreement: number };

/** Quality when each example stops as soon as its answer stays the same. */
export type Exit = { readonly meanLevels: number; readonly accuracy: number };

/** What fewer levels cost. `what`: 'images' or 'next tokens'. */
export function depthPicture(
  depths: readonly Depth[],
  exits: readonly Exit[],
  { title, what }: { readonly title: string; readonly what: string },
): Chart {
  const [first, full] = [depths[0]!, depths.at(-1)!];
  const early = exits[0];
  return {
    kind: 'chart',
    name: 'depth',
    title,
    says: [
      full.levels > 1
        ? `With all ${full.levels} levels, ${percent(full.accuracy)} of the ${what} are right; with only the first, ${percent(first.accuracy)}.`
        : `There is only one level. With it, ${percent(full.accuracy)} of the ${what} are right.`,
      ...(early && full.levels > 1
        ? [
            `If each stops as soon as two levels in a row agree, ${decimal(early.meanLevels, 1)} levels on average give ${percent(early.accuracy)}.`,
          ]
        : []),
    ],
    x: { label: 'levels passed' },
    y: { label: `share of the ${what} (%)`, from: 0, to: 100, digits: 0 },
    series: [
      { name: 'right', as: 'line', points: depths.map(({ levels, accuracy }) => [levels, 100 * accuracy]) },
      {
        name: 'as with all levels',
        as: 'line',
        points: depths.map(({ levels, agreement }) => [levels, 100 * agreement]),
      },
      {
        name: 'stopping early',
        as: 'dots',
        points: exits.map(({ meanLevels, accuracy }) => [meanLevels, 100 * accuracy]),
      },
    ],
  };
}

/**
 * How alike the levels' signals are, by the cosine of what they add. similarity: by kind, [levels][levels], as `signalSimilarity`
 * of @ringformer/analysis gives it for one side.
 */
export function similarityPicture(
  similarity: Readonly<Record<string, readonly (readonly number[])[]>>,
  { name, title }: { readonly name: string; readonly title: string },
): HeatMap {
  const kinds = Object.entries(similarity);
  const pairs = kinds.map(([, rows]) => rows.flatMap((row, i) => row.filter((_, j) => j > i)));
  const [k, at] = largest(pairs);
  const all = pairs.flat();
  const mean = all.reduce((sum, x) => sum + x, 0) / Math.max(1, all.length);
  return {
    kind: 'heat',
    name,
    title,
    says: [
      `The cosine of two levels’ signals, as maps from input to signal: 1 means the same signal, 0 unrelated ones. On average it is ${decimal(mean)}.`,
      ...(all.length > 0
        ? [`The most alike are two signals for the ${called(kinds[k]?.[0] ?? '')}: ${decimal(pairs[k]?.[at] ?? 0)}.`]
        : []),
    ],
    paper: 'each level has its own low-rank signal; were they all alike, one would do.',
    rows: { label: 'level', names: numbered(kinds[0]?.[1].length ?? 0) },
    columns: { label: 'level', names: numbered(kinds[0]?.[1].length ?? 0) },
    value: { label: 'cosine', from: -1, to: 1, digits: 2 },
    panels: kinds.map(([kind, values]) => ({ title: called(kind), values })),
  };
}

/** 'ffn' → 'feed-forward input' */
const called = (kind: string): string => NAMES[kind as keyof Strength] ?? kind;
