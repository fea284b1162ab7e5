import type { Bars, Chart, Measure, Picture } from '@ringformer/pictures';
import { amount } from '../cost/show-cost.ts';
import { type Point, roundTicks, thin } from '../logs/points.ts';
import { spreadText } from '../statistics.ts';
import type { Comparison } from './report.ts';
import { duration } from './table.ts';

/** The most points of a line. */
const MOST_POINTS = 300;

/** What is drawn of a comparison: its curves, scores beside sizes, and costs; nothing that no run has. */
export function picturesOf(comparison: Comparison): readonly Picture[] {
  const { groups, scoreName, unit, pass } = comparison;
  const best = groups
    .filter(({ summary }) => summary.score !== undefined)
    .toSorted((a, b) => b.summary.score!.mean - a.summary.score!.mean)[0];
  const lowest = groups
    .filter(({ summary }) => summary.validLoss !== undefined)
    .toSorted((a, b) => a.summary.validLoss!.mean - b.summary.validLoss!.mean)[0];
  const per = `nats per ${unit}`;
  const pictures = [
    curve(comparison, 'validLoss', {
      name: 'valid-loss',
      title: 'Validation loss',
      says: lowest ? [`${lowest.name} ends lowest, at ${spreadText(lowest.summary.validLoss!, 4)} ${per}.`] : [],
      label: `validation loss (${per})`,
      digits: 3,
    }),
    curve(comparison, 'score', {
      name: 'score',
      title: scoreName,
      says: best ? [`${best.name} ends best, at ${spreadText(best.summary.score!, 2)}.`] : [],
      label: scoreName,
      digits: 1,
    }),
    curve(comparison, 'loss', {
      name: 'training-loss',
      title: 'Training loss',
      says: ['The loss of each update, smoothed.'],
      label: `training loss (${per})`,
      digits: 3,
    }),
    scoreBySize(comparison),
    bars(comparison, {
      ...{ name: 'parameters', title: 'Parameters', label: 'parameters' },
      amountOf: ({ parameters }) => parameters.total,
      says: (least, value) => `${least} has the fewest parameters: ${value.toLocaleString('en')}.`,
    }),
    bars(comparison, {
      ...{ name: 'cost', title: 'Multiply–adds', label: 'multiply–adds' },
      amountOf: ({ cost }) => cost.macs,
      says: (least, value) => `${least} needs the fewest: ${amount(value).trim()} for ${pass}.`,
    }),
    bars(comparison, {
      ...{ name: 'time', title: 'Training time', label: 'seconds of updates' },
      amountOf: ({ summary }) => summary.seconds.mean,
      says: (least, value) => `${least} took the shortest time: ${duration(value)}.`,
    }),
  ];
  return pictures.filter((picture) => picture !== undefined);
}

type Words = { readonly name: string; readonly title: string; readonly says: readonly string[] } & Pick<
  Measure,
  'label' | 'digits'
>;

function curve(
  { groups }: Comparison,
  of: 'loss' | 'validLoss' | 'score',
  { name, title, says, label, digits }: Words,
): Chart | undefined {
  const series = groups
    .map(({ name, runs, curves }) => ({
      name: several(name, runs.length),
      as: 'line' as const,
      points: thin(curves[of], MOST_POINTS),
    }))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const mean = groups.some(({ runs }) => runs.length > 1) ? ['Of several seeds, the line is the mean.'] : [];
  const y = { label, digits, ...rangeOf(series.flatMap(({ points }) => points)) };
  return { kind: 'chart', name, title, says: [...says, ...mean], x: { label: 'update' }, y, series };
}

/** One dot for each run: how good it is, by how many parameters it has. */
function scoreBySize({ groups, scoreName }: Comparison): Chart | undefined {
  const series = groups
    .map(({ name, runs, parameters }) => ({
      name,
      as: 'dots' as const,
      points: runs.flatMap(({ score }): Point[] => (score === undefined ? [] : [[parameters.total / 1e6, score]])),
    }))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const y = { label: scoreName, digits: 2, ...rangeOf(series.flatMap(({ points }) => points)) };
  return {
    kind: 'chart',
    name: 'score-by-parameters',
    title: `${scoreName} by parameters`,
    says: ['Each dot is a run; those above each other are seeds.'],
    x: { label: 'parameters (million)' },
    y,
    series,
  };
}

type BarsOf = {
  readonly name: string;
  readonly title: string;
  readonly label: string;
  readonly amountOf: (group: Comparison['groups'][number]) => number;
  /** A sentence about the run that has the least. */
  readonly says: (least: string, value: number) => string;
};

function bars({ groups }: Comparison, { name, title, label, amountOf, says }: BarsOf): Bars {
  const values = groups.map(amountOf);
  const most = Math.max(...values);
  const [unit, word] = (
    [
      [1e9, 'billion'],
      [1e6, 'million'],
      [1e3, 'thousand'],
    ] as const
  ).find(([size]) => most >= size) ?? [1, ''];
  const least = groups[values.indexOf(Math.min(...values))]!;
  return {
    kind: 'bars',
    name,
    title,
    says: [
      new Set(values).size > 1 || groups.length === 1
        ? says(least.name, amountOf(least))
        : `All ${groups.length} are alike in this.`,
    ],
    rows: { label: 'run', names: groups.map(({ name }) => name) },
    value: {
      label: word === '' ? label : `${label} (${word})`,
      from: 0,
      to: roundTicks(0, most / unit || 1, 4).at(-1)!,
      digits: 2,
    },
    series: [{ name: title.toLowerCase(), values: values.map((value) => value / unit) }],
  };
}

const several = (name: string, runs: number) => (runs > 1 ? `${name} (${runs})` : name);

function rangeOf(points: readonly Point[]): Pick<Measure, 'from' | 'to'> {
  const values = points.map(([, value]) => value);
  const ticks = roundTicks(Math.min(...values), Math.max(...values), 6);
  return { from: ticks[0]!, to: ticks.at(-1)! };
}
