import { axisX, axisY, cell, plot, text } from '@observablehq/plot';
import type { HeatMap, Measure, Panel } from '../picture.ts';
import { said } from '../picture.ts';
import { type Canvas, fitted, label, type Part, partOf, stacked, widthOf, wrapped } from './canvas.ts';
import { SHADES, scale, strength } from './cells.ts';
import { roomIn } from './frame.ts';

/** Sides of cells, and of those of tiny grids. */
const [LEAST, MOST, FEW] = [15, 40, 56];
const MOST_NAME = 96;

export function heatParts(picture: HeatMap, canvas: Canvas): Part[] {
  const { panels, across } = picture;
  const body = across ? small(picture, canvas, across) : large(picture, canvas, panels);
  return [body, scale(picture.value, canvas)];
}

type Cell = { readonly i: number; readonly j: number; readonly value: number };
const cellsOf = (values: Panel['values']): Cell[] =>
  values.flatMap((row, i) => row.map((value, j) => ({ i, j, value })));

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The cells of one panel, in two marks: at or above 0, and below. */
export function cellMarks(cells: readonly Cell[], value: Measure, { palette }: Canvas, inset: number) {
  return ([0, 1] as const).map((index) =>
    cell(
      cells.filter((at) => (at.value < 0 ? 1 : 0) === index),
      {
        x: 'j',
        y: 'i',
        fill: palette.data[index],
        fillOpacity: (at: Cell) => strength(at.value, value),
        className: `rf-fill${index}`,
        inset,
      },
    ),
  );
}

/** Panels with the names of their rows and columns, one below the other or as many beside each other as fit. */
function large({ rows, columns, value }: HeatMap, canvas: Canvas, panels: readonly Panel[]): Part {
  const room = roomIn(canvas);
  const left = 22 + Math.min(MOST_NAME, Math.max(...rows.names.map((name) => widthOf(name))) + 6);
  const longest = Math.min(MOST_NAME, Math.max(...columns.names.map((name) => widthOf(name))));
  const [n, m] = [rows.names.length, columns.names.length];
  const side = Math.max(LEAST, Math.min(m < 4 ? FEW : MOST, (room - left - 8) / m));
  const tall = Math.min(side, 40);
  const upright = longest + 4 > side;
  const top = 22 + (upright ? longest * 0.8 + 8 : 14);
  const width = left + m * side + (upright ? longest * 0.6 : 8);
  const across = Math.max(1, Math.floor((room + 12) / (width + 12)));
  const parts = panels.map(({ title, values }, at) => {
    const named = across > 1 || at === 0; // of panels below each other, the first has the names of all
    const above = named ? top : 4;
    const cells = cellsOf(values);
    const numbers = side >= widthOf(said(-value.to, value), 11) + 2 ? cells : [];
    const dark = (at: Cell) => strength(at.value, value) > 0.55;
    const number = (inside: boolean) =>
      text(
        numbers.filter((at) => dark(at) === inside),
        {
          x: 'j',
          y: 'i',
          text: (at: Cell) => said(at.value, value),
          fontSize: 11,
          fill: inside ? canvas.palette.ground : canvas.palette.ink,
          className: inside ? 'rf-number rf-ground' : 'rf-number rf-ink',
        },
      );
    const drawn = plot({
      document: canvas.document,
      width: Math.ceil(width),
      height: Math.ceil(above + n * tall + 4),
      marginLeft: left,
      marginRight: Math.ceil(width - left - m * side),
      marginTop: above,
      marginBottom: 4,
      x: { domain: range(m), padding: 0, axis: null },
      y: { domain: range(n), padding: 0, axis: null },
      opacity: SHADES,
      marks: [
        ...cellMarks(cells, value, canvas, 0.5),
        number(true),
        number(false),
        ...(named
          ? [
              axisX(range(m), {
                anchor: 'top',
                tickFormat: (j: number) => fitted(columns.names[j] ?? '', MOST_NAME),
                tickSize: 0,
                label: null,
                fontSize: 12,
                ...(upright && { tickRotate: -50 }),
              }),
            ]
          : []),
        axisY(range(n), {
          tickFormat: (i: number) => fitted(rows.names[i] ?? '', MOST_NAME),
          tickSize: 0,
          label: null,
          fontSize: 12,
        }),
      ],
    });
    const grid = partOf(drawn);
    const middle = above + (n * tall) / 2;
    const sideways = `<g transform="translate(11,${middle}) rotate(-90)">${label(canvas, rows.label, 0, 0, { soft: true, anchor: 'middle' })}</g>`;
    const over = named ? label(canvas, columns.label, left + (m * side) / 2, 12, { soft: true, anchor: 'middle' }) : '';
    const whole = { ...grid, svg: grid.svg + sideways + over };
    return title ? stacked([titled(title, canvas, grid.width), whole]) : whole;
  });
  return wrapped(parts, across, 12);
}

/** Small panels in a grid, each with its title only. */
function small({ rows, columns, panels, value }: HeatMap, canvas: Canvas, across: number): Part {
  const width = Math.floor((roomIn(canvas) - 8 * (across - 1)) / across);
  const brief = panels.some(({ title }) => widthOf(title, 12) > width);
  const height = Math.max(12, Math.round(Math.min(width, (width * rows.names.length) / columns.names.length)));
  const parts = panels.map(({ title, values }) => {
    const drawn = plot({
      document: canvas.document,
      width,
      height,
      margin: 0,
      x: { domain: range(columns.names.length), padding: 0, axis: null },
      y: { domain: range(rows.names.length), padding: 0, axis: null },
      opacity: SHADES,
      marks: cellMarks(cellsOf(values), value, canvas, 0),
    });
    const grid = partOf(drawn);
    const border = `<rect width="${width}" height="${height}" fill="none" class="rf-rule" stroke="${canvas.palette.rule}"/>`;
    return stacked([titled(brief ? inBrief(title) : title, canvas, width), { ...grid, svg: border + grid.svg }]);
  });
  const key = brief && panels[0] ? ` ${inBrief(panels[0].title)}: ${panels[0].title}.` : '';
  const caption = `Rows: ${rows.label}. Columns: ${columns.label}.${key}`;
  return stacked(
    [wrapped(parts, across, 8), { width: 200, height: 18, svg: label(canvas, caption, 0, 12, { soft: true }) }],
    4,
  );
}

/** 'level 1, head 2' → 'L1 H2', if there is no room for more. */
const inBrief = (title: string) => title.replace(/^level (\d+), head (\d+)$/, 'L$1 H$2');

/** A line above a panel. */
export function titled(title: string, canvas: Canvas, width: number): Part {
  return { width, height: 18, svg: label(canvas, fitted(title, width, 12), 0, 12, { bold: true }) };
}
