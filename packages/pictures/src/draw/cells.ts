import { axisX, plot, rectX } from '@observablehq/plot';
import type { Measure } from '../picture.ts';
import { said } from '../picture.ts';
import { type Canvas, label, type Part, partOf } from './canvas.ts';

/** How strong a value's colour is: 0 is the ground, 1 the full colour; which of the two colours depends on its sign. */
export function strength(value: number, { from, to }: Measure): number {
  const most = Math.max(Math.abs(from), Math.abs(to)) || 1;
  return Number.isFinite(value) ? Math.min(1, Math.abs(value) / most) : 0;
}

/** Opacities are what they are. */
export const SHADES = { type: 'linear', domain: [0, 1], range: [0, 1] } as const;

const STEPS = 24;

/** What the colours mean: a row of them from `from` to `to`, with numbers and a label. `positive`: the colour of values above 0. */
export function scale(value: Measure, canvas: Canvas, positive: 0 | 1 = 0): Part {
  const { palette, document } = canvas;
  const { from, to, digits } = value;
  const step = (to - from) / STEPS;
  const steps = Array.from({ length: STEPS }, (_, i) => ({ x1: from + i * step, x2: from + (i + 1) * step }));
  const middle = (at: { x1: number; x2: number }) => (at.x1 + at.x2) / 2;
  const coloured = (index: 0 | 1) =>
    rectX(
      steps.filter((at) => (middle(at) >= 0 ? positive : 1) === index),
      {
        x1: 'x1',
        x2: 'x2',
        fill: palette.data[index],
        fillOpacity: (at: { x1: number; x2: number }) => strength(middle(at), value),
        className: `rf-fill${index}`,
        inset: 0,
      },
    );
  const drawn = plot({
    document,
    width: 220,
    height: 34,
    marginTop: 0,
    marginBottom: 20,
    marginLeft: 8,
    marginRight: 24,
    x: { domain: [from, to] },
    y: { axis: null },
    opacity: SHADES,
    marks: [
      coloured(0),
      coloured(1),
      axisX([from, (from + to) / 2, to], {
        tickFormat: (x: number) =>
          (x === to && value.clipped ? '≥ ' : '') +
          said(x, { ...value, digits: Math.max(digits, step < 0.05 ? 2 : 0) }),
        label: null,
      }),
    ],
  });
  const part = partOf(drawn);
  return {
    width: part.width,
    height: part.height + 18,
    svg: `${label(canvas, value.label, 8, 11, { soft: true })}<g transform="translate(0,18)">${part.svg}</g>`,
  };
}
