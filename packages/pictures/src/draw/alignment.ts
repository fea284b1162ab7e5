import { link, plot, text } from '@observablehq/plot';
import type { Alignment } from '../picture.ts';
import { said } from '../picture.ts';
import { type Canvas, fitted, label, type Part, partOf, stacked, widthOf, wrapped } from './canvas.ts';
import { roomIn } from './frame.ts';
import { titled } from './heat.ts';

const LINE = 22;
const MOST_NAME = 130;
/** Weaker ties are left out: they would only grey the picture. */
const FAINT = 0.04;

/** Two columns of words, joined by lines as thick as the weight between them. */
export function alignmentParts({ rows, columns, panels }: Alignment, canvas: Canvas): Part[] {
  const room = roomIn(canvas);
  const [n, m] = [rows.names.length, columns.names.length];
  const widest = (names: readonly string[]) =>
    Math.min(MOST_NAME, Math.max(...names.map((name) => widthOf(name, 13))) + 6);
  const [left, right] = [widest(rows.names), widest(columns.names)];
  const width = Math.min(room, Math.max(left + right + 170, 260));
  const most = Math.max(n, m);
  const height = most * LINE;
  const y = (i: number, count: number) => (i + 0.5) * LINE + ((most - count) * LINE) / 2;
  const { palette, document } = canvas;
  const parts = panels.map(({ title, values }) => {
    const ties = values.flatMap((row, i) => row.flatMap((weight, j) => (weight >= FAINT ? [{ i, j, weight }] : [])));
    type Tie = (typeof ties)[number];
    const words = (names: readonly string[], x: number, anchor: 'start' | 'end') =>
      text(
        names.map((name, i) => ({ name: fitted(name, MOST_NAME, 13), y: y(i, names.length) })),
        {
          x: () => x,
          y: 'y',
          text: 'name',
          textAnchor: anchor,
          fontSize: 13,
          fill: palette.ink,
          className: 'rf-word rf-ink',
        },
      );
    const drawn = plot({
      document,
      width,
      height,
      margin: 0,
      x: { domain: [0, width], range: [0, width], axis: null },
      y: { domain: [0, height], range: [0, height], axis: null },
      opacity: { type: 'linear', domain: [0, 1], range: [0.15, 1] },
      marks: [
        link(ties, {
          x1: () => left + 4,
          x2: () => width - right - 4,
          y1: (tie: Tie) => y(tie.i, n),
          y2: (tie: Tie) => y(tie.j, m),
          stroke: palette.data[0],
          strokeOpacity: 'weight',
          strokeWidth: (tie: Tie) => 0.5 + 6 * tie.weight,
          strokeLinecap: 'butt',
          curve: 'bump-x',
          className: 'rf-ties rf-line0',
          title: (tie: Tie) =>
            `${rows.names[tie.i]} → ${columns.names[tie.j]}: ${said(100 * tie.weight, { label: '', from: 0, to: 100, digits: 0 })} %`,
        }),
        words(rows.names, left, 'end'),
        words(columns.names, width - right, 'start'),
      ],
    });
    const labels =
      label(canvas, rows.label, left, 12, { soft: true, anchor: 'end' }) +
      label(canvas, columns.label, width - right, 12, { soft: true });
    const body = stacked([{ width, height: 18, svg: labels }, partOf(drawn)]);
    return title ? stacked([titled(title, canvas, width), body]) : body;
  });
  return [wrapped(parts, Math.max(1, Math.floor((room + 20) / (width + 20))), 20)];
}
