import { finitePoints, type Point, roundTicks, smooth, thin } from './points.ts';

/** What a loss curve shows: losses in nats, and a score such as BLEU on its own axis. */
export type CurveData = {
  title: string;
  train: readonly Point[];
  valid?: readonly Point[];
  score?: { readonly name: string; readonly points: readonly Point[] };
};

type Axis = { readonly ticks: readonly number[]; readonly at: (value: number) => number };
type Series = { readonly name: string; readonly kind: string; readonly points: readonly Point[]; readonly axis: Axis };

const WIDTH = 800;
const HEIGHT = 450;
const LEFT = 60;
const TOP = 84;
const BOTTOM = 402;
/** Points drawn of the raw line, the smoothed one and each of the others: 2000 at most together. */
const LIMITS = { raw: 900, smoothed: 500, other: 300 };
const MOST_MARKS = 40;

/**
 * A picture of a run, 800 × 450, as one SVG document that refers to nothing outside; light or dark as the reader prefers.
 * The training loss is drawn smoothed over its raw line. Points that are not finite numbers are left out.
 */
export function lossCurveSvg(data: CurveData): string {
  const train = finitePoints(data.train);
  const valid = finitePoints(data.valid ?? []);
  const scores = finitePoints(data.score?.points ?? []);
  const scoreName = data.score?.name ?? '';
  const smoothed = smooth(train);
  const right = scores.length > 0 ? WIDTH - 60 : WIDTH - 28;

  const steps = [...train, ...valid, ...scores].map(([step]) => step);
  const lastStep = steps.reduce((most, step) => Math.max(most, step), 0) || 1;
  const x: Axis = {
    ticks: roundTicks(0, lastStep, 8).filter((tick) => tick <= lastStep && Number.isInteger(tick)),
    at: (step) => LEFT + (step / lastStep) * (right - LEFT),
  };
  // rare spikes of the raw line may leave the picture
  const losses = [...smoothed, ...valid].map(([, value]) => value).concat(quantiles(train, 0.005, 0.995));
  const loss = verticalAxis(losses, 6);
  const score = verticalAxis([0, 1, ...scores.map(([, value]) => value)], loss.ticks.length - 1);

  const series: Series[] = [
    { name: 'train', kind: 'train', points: thin(smoothed, LIMITS.smoothed), axis: loss },
    { name: 'valid', kind: 'valid', points: thin(valid, LIMITS.other), axis: loss },
    { name: scoreName, kind: 'score', points: thin(scores, LIMITS.other), axis: score },
  ].filter(({ points }) => points.length > 0);

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escapeXml(data.title)}</title>`,
    `<style>${STYLE}</style>`,
    `<clipPath id="plot"><rect x="${LEFT}" y="${TOP}" width="${right - LEFT}" height="${BOTTOM - TOP}"/></clipPath>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    label(28, 32, shorten(data.title), 'title'),
    ...legend(series, right),
    ...drawGrid(x, loss, right),
    ...(scores.length > 0 ? drawScoreAxis(scoreName, score, right) : []),
    `<g clip-path="url(#plot)">${line(thin(train, LIMITS.raw), x, loss, 'train raw')}</g>`,
    ...series.map(({ points, axis, kind }) => line(points, x, axis, kind)),
    ...series.flatMap(({ points, axis, kind }) => marks(points, x, axis, kind)),
    series.length === 0 ? label((LEFT + right) / 2, (TOP + BOTTOM) / 2, 'nothing measured yet', 'middle') : '',
    '</svg>',
    '',
  ].join('\n');
}

function verticalAxis(values: readonly number[], count: number): Axis {
  const low = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
  const high = values.reduce((most, value) => Math.max(most, value), values[0] ?? 1);
  const ticks = roundTicks(low, high, count);
  const [bottom, top] = [ticks[0]!, ticks.at(-1)!];
  return { ticks, at: (value) => BOTTOM - ((value - bottom) / (top - bottom)) * (BOTTOM - TOP) };
}

function quantiles(points: readonly Point[], ...shares: number[]): number[] {
  const sorted = points.map(([, value]) => value).sort((a, b) => a - b);
  return sorted.length === 0 ? [] : shares.map((share) => sorted[Math.round(share * (sorted.length - 1))]!);
}

function drawGrid(x: Axis, loss: Axis, right: number): string[] {
  return [
    ...loss.ticks.map((tick) => `<path class="grid" d="M${LEFT} ${px(loss.at(tick))}H${right}"/>`),
    `<path class="axis" d="M${LEFT} ${BOTTOM}H${right}"/>`,
    ...x.ticks.map((tick) => `<path class="axis" d="M${px(x.at(tick))} ${BOTTOM}v5"/>`),
    ...x.ticks.map((tick) => label(x.at(tick), BOTTOM + 20, tickText(tick, x.ticks), 'middle')),
    ...loss.ticks.map((tick) => label(LEFT - 8, loss.at(tick) + 4, tickText(tick, loss.ticks), 'end')),
    label((LEFT + right) / 2, BOTTOM + 39, 'step', 'middle name'),
    label(LEFT - 8, TOP - 16, 'loss', 'end name'),
  ];
}

function drawScoreAxis(name: string, score: Axis, right: number): string[] {
  return [
    ...score.ticks.map((tick) => `<path class="tick score" d="M${right} ${px(score.at(tick))}h4"/>`),
    ...score.ticks.map((tick) => label(right + 8, score.at(tick) + 4, tickText(tick, score.ticks), 'score-text')),
    label(right + 8, TOP - 16, name, 'score-text name'),
  ];
}

/** Right of the title's line, from the right: a stroke, the name, the last value. */
function legend(series: readonly Series[], right: number): string[] {
  const entry = 118;
  return series.flatMap(({ name, kind, points }, i) => {
    const from = right - (series.length - i) * entry + 6;
    const value = points.at(-1)![1].toFixed(kind === 'score' ? 1 : 3);
    return [
      `<path class="line ${kind}" d="M${from} 28h22"/>`,
      kind === 'train' ? '' : mark(from + 11, 28, kind),
      `<text x="${from + 29}" y="32">${name} <tspan class="value">${value}</tspan></text>`,
    ];
  });
}

function line(points: readonly Point[], x: Axis, y: Axis, kind: string): string {
  if (points.length < 2) return '';
  const path = points.map(([step, value]) => `${px(x.at(step))} ${px(y.at(value))}`).join('L');
  return `<path class="line ${kind}" d="M${path}"/>`;
}

/** Marks show where single measurements are; a crowded line goes without. */
function marks(points: readonly Point[], x: Axis, y: Axis, kind: string): string[] {
  const marked = kind === 'train' ? points.length === 1 : points.length <= MOST_MARKS;
  return marked ? points.map(([step, value]) => mark(x.at(step), y.at(value), kind)) : [];
}

function mark(x: number, y: number, kind: string): string {
  return kind === 'score'
    ? `<rect class="mark ${kind}" x="${px(x - 3.5)}" y="${px(y - 3.5)}" width="7" height="7"/>`
    : `<circle class="mark ${kind}" cx="${px(x)}" cy="${px(y)}" r="3.5"/>`;
}

function label(x: number, y: number, text: string, kind: string): string {
  return `<text class="${kind}" x="${px(x)}" y="${px(y)}">${escapeXml(text)}</text>`;
}

/** All ticks of an axis with the same number of digits; thousands as '20 k'. */
function tickText(tick: number, ticks: readonly number[]): string {
  if (tick !== 0 && ticks.every((other) => other % 100 === 0) && ticks.at(-1)! >= 10_000) return `${tick / 1000} k`;
  const unit = ticks[1]! - ticks[0]!;
  return tick.toFixed(Math.max(0, Math.ceil(-Math.log10(unit) - 1e-9)));
}

/** As much of the title as fits beside the legend; the document's own title has all of it. */
const shorten = (title: string) => (title.length > 40 ? `${title.slice(0, 39)}…` : title);

const px = (value: number) => String(Math.round(value * 10) / 10);

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Blue, orange and green that readers with any colour vision can tell apart; the marks also differ in shape. */
const STYLE = `
text { font: 12px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #57606a; font-variant-numeric: tabular-nums; }
.title { font-size: 16px; font-weight: 600; fill: #1f2328; }
.name, .value { font-weight: 600; } .value { fill: #1f2328; }
.middle { text-anchor: middle; } .end { text-anchor: end; }
.ground { fill: #ffffff; } .grid { stroke: #e7eaee; } .axis { stroke: #8c959f; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.train { stroke: #2563eb; } .valid { stroke: #d9650b; } .score { stroke: #0f8a5f; } .score-text { fill: #0f8a5f; }
.raw { stroke-width: 1; stroke-opacity: 0.22; } .mark { stroke-width: 1.75; fill: #ffffff; }
@media (prefers-color-scheme: dark) {
text { fill: #9aa4af; } .title, .value { fill: #e6edf3; }
.ground, .mark { fill: #0d1117; } .grid { stroke: #21262d; } .axis { stroke: #6e7681; }
.train { stroke: #5b9dff; } .valid { stroke: #ff9d4d; } .score { stroke: #3fc995; } .score-text { fill: #3fc995; }
.raw { stroke-opacity: 0.3; }
}
`;
