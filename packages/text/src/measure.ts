/** A score of a corpus as a function of sums over its sentences, so that it can be computed again for any choice of them. */
export type Measure = {
  /** Statistics of each sentence: n-grams, lengths. All rows have the same length. */
  readonly rows: readonly (readonly number[])[];
  /** The score, 0 to 100, of their sums. */
  score(sums: readonly number[]): number;
};

/** The sum of all rows. */
export function sumRows(rows: Measure['rows']): number[] {
  const sums = Array.from(rows[0] ?? [], () => 0);
  for (const row of rows) row.forEach((x, i) => (sums[i]! += x));
  return sums;
}
