import type { HeatMap } from '../picture.ts';
import { decimal, largest, mean, numbered } from './parts.ts';

const PAPER =
  'linear CKA (Kornblith et al., 2019, equation 5) shows that level signals bring the ring’s levels closer to those of a vanilla Transformer than earlier recurrent designs.';

/**
 * How alike all levels of two models are, or of one and itself. matrix: [levels of the first][levels of the second].
 * `side`: what the levels are of, for example 'encoder'; `models`: the names of both, or of the only one.
 */
export function ckaPicture(
  matrix: readonly (readonly number[])[],
  { side, models }: { readonly side: string; readonly models: readonly [string, string?] },
): HeatMap {
  const [one, other] = models;
  const title = other
    ? `How alike the levels are: ${side} of ${one} and ${other}`
    : `How alike the levels of the ${side} are`;
  return {
    kind: 'heat',
    name: other ? `cka-${side}-against` : `cka-${side}`,
    title,
    says: other ? betweenTwo(matrix, one, other) : withItself(matrix),
    paper: PAPER,
    rows: { label: other ? `level of ${one}` : 'level', names: numbered(matrix.length) },
    columns: { label: other ? `level of ${other}` : 'level', names: numbered(matrix[0]?.length ?? 0) },
    value: { label: 'CKA (1: the same up to rotation and scale)', from: 0, to: 1, digits: 2 },
    panels: [{ title: '', values: matrix }],
  };
}

function withItself(matrix: readonly (readonly number[])[]): string[] {
  if (matrix.length < 2) return ['There is only one level, which is like itself.'];
  const neighbours = mean(matrix.slice(1).map((row, i) => row[i]!));
  const [i, j] = largest(matrix.map((row, i) => row.map((value, j) => (i < j ? -value : Number.NEGATIVE_INFINITY))));
  return [
    `CKA measures how alike two levels’ vectors of the same data are: neighbouring levels reach ${decimal(neighbours)} on average.`,
    `Levels ${i + 1} and ${j + 1} differ most: ${decimal(matrix[i]![j]!)}. The nearer to 1, the less the laps between them change.`,
  ];
}

function betweenTwo(matrix: readonly (readonly number[])[], one: string, other: string): string[] {
  const [i, j] = largest(matrix);
  const diagonal = mean(matrix.flatMap((row, k) => (row[k] === undefined ? [] : [row[k]])));
  return [
    `Levels of the same number are ${decimal(diagonal)} alike on average (1: the same up to rotation and scale).`,
    `Most alike are level ${i + 1} of ${one} and level ${j + 1} of ${other}: ${decimal(matrix[i]![j]!)}.`,
  ];
}
