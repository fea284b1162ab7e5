/** The mean of some numbers, and how far they spread: the standard deviation of a sample, absent if there is only one. */
export type Spread = { readonly mean: number; readonly deviation?: number };

export function spreadOf(numbers: readonly number[]): Spread {
  const count = numbers.length;
  const mean = numbers.reduce((sum, x) => sum + x, 0) / count;
  if (count < 2) return { mean };
  const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)) };
}

/** '38.21 ± 0.12' */
export const spreadText = ({ mean, deviation }: Spread, digits: number): string =>
  deviation === undefined ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
