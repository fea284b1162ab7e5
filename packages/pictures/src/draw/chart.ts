import { axisX, axisY, dot, gridY, lineY, plot } from '@observablehq/plot';
import type { Chart } from '../picture.ts';
import { said } from '../picture.ts';
import { type Canvas, fitted, label, type Part, partOf, round } from './canvas.ts';
import { legend, roomIn } from './frame.ts';

const HEIGHT = 240;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star'] as const;
const [TOP, BOTTOM] = [26, 42];

type Point = readonly [number, number];

/** Lines and dots with both axes named; series differ in colour and in shape. */
export function chartParts({ x, y, series }: Chart, canvas: Canvas): Part[] {
  const { palette, document } = canvas;
  const width = roomIn(canvas);
  const colour = (i: number) => palette.data[i % palette.data.length] as string;
  const all = series.flatMap(({ points }) => points.map(([at]) => at));
  const whole = all.every((at) => Number.isInteger(at)) && Math.max(...all) - Math.min(...all) <= 16;
  const marks = series.flatMap(({ as, points }, i) => {
    const shown = points.filter(([, value]) => Number.isFinite(value));
    const dots = dot(shown, {
      x: ([at]: Point) => at,
      y: ([, value]: Point) => value,
      fill: colour(i),
      symbol: SYMBOLS[shapeOf(i, palette.data.length)],
      r: 4,
      className: `rf-dots rf-fill${i % palette.data.length}`,
    });
    if (as === 'dots') return [dots];
    const line = lineY(shown, {
      x: ([at]: Point) => at,
      y: ([, value]: Point) => value,
      stroke: colour(i),
      strokeWidth: 2,
      className: `rf-curve rf-line${i % palette.data.length}`,
    });
    return points.length <= 24 ? [line, dots] : [line];
  });
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const span = (most - least) * 0.04 || (whole ? 0.5 : Math.abs(most) / 10 || 0.5);
  const drawn = plot({
    document,
    width,
    height: HEIGHT,
    marginLeft: 54,
    marginRight: 14,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { domain: [least - span, most + span] },
    y: { domain: [y.from, y.to] },
    marks: [
      gridY({ stroke: palette.rule, strokeOpacity: 1, className: 'rf-rule', ticks: 5 }),
      axisX({
        label: null,
        fontSize: 12,
        ...(whole ? { ticks: [...new Set(all)], tickFormat: String } : { ticks: 6 }),
      }),
      axisY({ label: null, fontSize: 12, ticks: 5, tickSize: 0, tickFormat: (value: number) => said(value, y) }),
      ...marks,
    ],
  });
  const body = partOf(drawn);
  const names =
    label(canvas, fitted(y.label, width), 0, 12, { soft: true }) +
    label(canvas, x.label, 54 + (width - 68) / 2, HEIGHT - 4, { soft: true, anchor: 'middle' });
  const chart = { ...body, svg: body.svg + names };
  if (series.length < 2) return [chart];
  const mark = (i: number, at: number, top: number) => {
    const line =
      series[i]?.as === 'line'
        ? `<path d="M${round(at - 2)} ${round(top)}h16" class="rf-line${i % palette.data.length}" stroke="${colour(i)}" stroke-width="2"/>`
        : '';
    return `${line}${symbol(i, at + 6, top, colour(i), palette.data.length)}`;
  };
  return [
    legend(
      series.map(({ name }) => name),
      canvas,
      mark,
    ),
    chart,
  ];
}

/** Which shape a series has: with more series than colours, those of one colour differ in shape. */
const shapeOf = (i: number, colours: number): number => (i + Math.floor(i / colours)) % SYMBOLS.length;

/** The mark of a series, as Plot draws it. */
function symbol(i: number, x: number, y: number, fill: string, colours: number): string {
  const shapes = [
    'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0',
    'M-3.5-3.5h7v7h-7z',
    'M0-4.5L4.4 3.4H-4.4z',
    'M0-5L3.4 0L0 5L-3.4 0z',
    'M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z',
    'M0-5L1.3-1.6L4.8-1.5L2 .7L2.9 4L0 2L-2.9 4L-2 .7L-4.8-1.5L-1.3-1.6z',
  ];
  return `<path transform="translate(${round(x)},${round(y)})" d="${shapes[shapeOf(i, colours)]}" class="rf-fill${i % colours}" fill="${fill}"/>`;
}
