/** Numbers as sentences say them. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
export const decimal = (x: number, digits = 2): string => x.toFixed(digits).replace('-', '−');

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length);

/** Positions of the largest of some rows: [row, column]. */
export function largest(rows: readonly (readonly number[])[]): [number, number] {
  let found: [number, number] = [0, 0];
  let most = Number.NEGATIVE_INFINITY;
  rows.forEach((row, i) => {
    row.forEach((value, j) => {
      if (value > most) [found, most] = [[i, j], value];
    });
  });
  return found;
}

/** '1', '2', … */
export const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));

/** The smallest round number at or above: 1, 2, 2.5 or 5 times a power of ten. */
export function roundUp(x: number): number {
  if (!(x > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(x));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((times) => times * power >= x * 0.999999) as number;
  return Number((step * power).toPrecision(6));
}
