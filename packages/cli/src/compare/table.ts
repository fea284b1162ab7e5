import { amount, bytes } from '../cost/show-cost.ts';
import type { Colours } from '../io.ts';
import { type Spread, spreadText } from '../statistics.ts';
import { signsOf, table, visible } from '../table.ts';
import { type Group, type Summary, summaryOf } from './groups.ts';

/** The most of a name that fits a line of 80 characters beside the figures. */
const MOST_NAME = 22;

/** Two tables: how good the runs are, and what they cost. */
export function comparisonText(groups: readonly Group[], paint: Colours): string {
  const [{ scoreName, unit, task }] = groups[0]!.runs;
  const rows = groups.map((group) => ({ group, name: shortened(group.name), summary: summaryOf(group) }));
  const good = rows.map(({ group, name, summary }) => [
    name + (summary.finished ? '' : '*'),
    String(group.runs.length),
    Math.round(summary.steps.mean).toLocaleString('en'),
    figure(summary.validLoss, 4),
    figure(summary.score, 2),
  ]);
  const cost = rows.map(({ group, name, summary }) => {
    const { parameters, cost } = group.runs[0].cost;
    return [name, amount(parameters.total), amount(cost.macs), bytes(4 * cost.weightReads), ...timesOf(summary)];
  });
  const heads = [
    ['run', 'seeds', 'updates', 'valid loss', scoreName],
    ['run', 'parameters', 'mult–adds', 'reads', 'training', `${unit}s/s`],
  ].map((head) => head.map(paint.dim));
  const aligns = ['left', 'right', 'right', 'right', 'right', 'right'] as const;
  const pass = task === 'vision' ? 'one image' : 'one sentence';
  return [
    table([heads[0]!, ...good], aligns.slice(0, 5)),
    table([heads[1]!, ...cost], aligns),
    `mult–adds, and bytes of float32 weights that are read, for ${pass}\n`,
  ].join('\n');
}

const figure = (spread: Spread | undefined, digits: number) => (spread ? spreadText(spread, digits) : '–');

export const timesOf = ({ seconds, perSecond }: Summary): [time: string, speed: string] => [
  duration(seconds.mean),
  perSecond ? Math.round(perSecond.mean).toLocaleString('en') : '–',
];

/** 45 s, 12.3 min, 4.6 h */
export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 6000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The beginning and the end of a long name. */
function shortened(name: string): string {
  if (visible(name) <= MOST_NAME) return name;
  const signs = signsOf(name);
  const [start, end]: [string[], string[]] = [[], []];
  const room = (sign: string) => visible([...start, ...end, sign, '…'].join('')) <= MOST_NAME;
  while (signs.length > 0) {
    const fromStart = start.length <= end.length;
    const sign = (fromStart ? signs.shift() : signs.pop()) as string;
    if (!room(sign)) break;
    if (fromStart) start.push(sign);
    else end.unshift(sign);
  }
  return `${start.join('')}…${end.join('')}`;
}
