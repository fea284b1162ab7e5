import { plot, rect, ruleX, text } from '@observablehq/plot';
import type { Bars } from '../picture.ts';
import { said } from '../picture.ts';
import { type Canvas, fitted, label, type Part, partOf, widthOf } from './canvas.ts';
import { legend, roomIn, swatch } from './frame.ts';

const [BAR, GAP] = [15, 9];
const MOST_NAME = 130;

/** Bars that lie, with their numbers at the end; those of a row below each other. */
export function barParts({ rows, value, series }: Bars, canvas: Canvas): Part[] {
  const { palette, document } = canvas;
  const width = roomIn(canvas);
  const left = Math.min(MOST_NAME, Math.max(...rows.names.map((name) => widthOf(name)))) + 8;
  const right = Math.max(...series.flatMap(({ values }) => values.map((x) => widthOf(said(x, value))))) + 10;
  const group = BAR * series.length + GAP;
  const height = 22 + group * rows.names.length;
  const y = (i: number, k: number) => 22 + i * group + GAP / 2 + k * BAR;
  const marks = series.flatMap(({ values }, k) => {
    const index = k % palette.data.length;
    const bars = values.map((x, i) => ({ x: Number.isFinite(x) ? x : 0, says: said(x, value), top: y(i, k) }));
    type Bar = (typeof bars)[number];
    return [
      rect(bars, {
        x1: () => 0,
        x2: 'x',
        y1: 'top',
        y2: ({ top }: Bar) => top + BAR - 1,
        fill: palette.data[index],
        className: `rf-bars rf-fill${index}`,
      }),
      text(bars, {
        x: 'x',
        y: ({ top }: Bar) => top + BAR / 2,
        text: 'says',
        dx: 5,
        textAnchor: 'start',
        fontSize: 11,
        fill: palette.soft,
        className: 'rf-number rf-soft',
      }),
    ];
  });
  const drawn = plot({
    document,
    width,
    height,
    marginLeft: left,
    marginRight: right,
    marginTop: 0,
    marginBottom: 0,
    x: { domain: [value.from, value.to], axis: null },
    y: { domain: [0, height], range: [0, height], axis: null },
    marks: [...marks, ruleX([0], { stroke: palette.rule, className: 'rf-rule' })],
  });
  const body = partOf(drawn);
  const names = rows.names.map((name, i) =>
    label(canvas, fitted(name, MOST_NAME), left - 6, y(i, 0) + (BAR * series.length) / 2 + 4, { anchor: 'end' }),
  );
  const heads =
    label(canvas, rows.label, left - 6, 12, { soft: true, anchor: 'end' }) +
    label(canvas, fitted(value.label, width - left), left, 12, { soft: true });
  const chart = { ...body, svg: heads + names.join('') + body.svg };
  return series.length < 2
    ? [chart]
    : [
        legend(
          series.map(({ name }) => name),
          canvas,
          swatch(canvas),
        ),
        chart,
      ];
}
