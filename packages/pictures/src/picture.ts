// What a picture is: plain data, which is drawn, listed in tables and saved as JSON.

/** What every picture says of itself. */
export type About = {
  /** Its file name without an ending: lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  /** One or two sentences that explain it, with the number that matters. */
  readonly says: readonly string[];
  /** What it has to do with the paper. */
  readonly paper?: string;
};

/** The rows or columns of a grid. */
export type Names = { readonly label: string; readonly names: readonly string[] };

/** What a colour, a length or a height means. */
export type Measure = {
  /** With its unit: 'distance (pixels)'. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** How many decimals numbers have. */
  readonly digits: number;
  /** Whether there are values above `to`, which have its colour. */
  readonly clipped?: boolean;
};

/** Numbers in rows and columns: [rows][columns]. */
export type Panel = { readonly title: string; readonly values: readonly (readonly number[])[] };

/** One or more grids of coloured cells with the same rows and columns. */
export type HeatMap = About & {
  readonly kind: 'heat';
  readonly rows: Names;
  readonly columns: Names;
  readonly value: Measure;
  readonly panels: readonly Panel[];
  /** How many panels stand beside each other; they are then small and have no words. Default: as many as fit. */
  readonly across?: number;
};

/** Words on the left looking at words on the right: `values[i][j]` is how much left word i looks at right word j, 0…1. */
export type Alignment = About & {
  readonly kind: 'alignment';
  readonly rows: Names;
  readonly columns: Names;
  readonly value: Measure;
  readonly panels: readonly Panel[];
};

/** Grids of numbers over an image, the first row at the top. */
export type Overlay = About & {
  readonly kind: 'overlay';
  /** [height width channels], 0…255, row by row. */
  readonly image: {
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 3;
    readonly data: readonly number[];
  };
  readonly value: Measure;
  readonly panels: readonly Panel[];
};

/** Lines and dots over numbers. */
export type Chart = About & {
  readonly kind: 'chart';
  readonly x: { readonly label: string };
  readonly y: Measure;
  readonly series: readonly {
    readonly name: string;
    readonly as: 'line' | 'dots';
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
};

/** Bars side by side: for each row, one of each series. */
export type Bars = About & {
  readonly kind: 'bars';
  readonly rows: Names;
  readonly value: Measure;
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
};

export type Picture = HeatMap | Alignment | Overlay | Chart | Bars;

/** A picture's numbers as a table: the words of its header, and its rows. */
export type Table = { readonly title: string; readonly header: readonly string[]; readonly rows: readonly string[][] };

/** The numbers of a picture as tables, one for each panel: what those read who do not see it. */
export function tablesOf(picture: Picture): Table[] {
  if (picture.kind === 'chart') {
    const { x, y, series } = picture;
    const all = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
    const rows = all.map((at) => [
      String(at),
      ...series.map(({ points }) =>
        points
          .filter(([other]) => other === at)
          .map(([, value]) => said(value, y))
          .join(', '),
      ),
    ]);
    return [{ title: y.label, header: [x.label, ...series.map(({ name }) => name)], rows }];
  }
  if (picture.kind === 'bars') {
    const { rows, value, series } = picture;
    const lines = rows.names.map((name, i) => [name, ...series.map(({ values }) => said(values[i]!, value))]);
    return [{ title: value.label, header: [rows.label, ...series.map(({ name }) => name)], rows: lines }];
  }
  const [rows, columns] =
    picture.kind === 'overlay'
      ? ([
          gridNames('row', picture.panels[0]?.values.length),
          gridNames('column', picture.panels[0]?.values[0]?.length),
        ] as const)
      : [picture.rows, picture.columns];
  return picture.panels.map(({ title, values }) => ({
    title: title || picture.value.label,
    header: [`${rows.label} \\ ${columns.label}`, ...columns.names],
    rows: values.map((row, i) => [rows.names[i] ?? '', ...row.map((value) => said(value, picture.value))]),
  }));
}

const gridNames = (label: string, count = 0): Names => ({
  label,
  names: Array.from({ length: count }, (_, i) => String(i + 1)),
});

/** A number as pictures and tables write it; a dash if it is not a number. */
export const said = (value: number, { digits }: Measure): string =>
  Number.isFinite(value)
    ? value
        .toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
        .replace(/^-(?=.*[1-9])/, '−')
        .replace('-', '')
    : '–';
