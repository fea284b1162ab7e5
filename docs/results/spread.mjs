export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of some numbers and the standard deviation of a sample, which a single one has not. */
export function spread(values) {
  const middle = mean(values);
  if (values.length < 2) return { mean: middle };
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return { mean: middle, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** '0.812 ± 0.010'; a dash for what has no figure yet. */
export function spreadText(found, digits) {
  if (found === undefined) return '–';
  const { mean, deviation } = found;
  return deviation === undefined ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}
