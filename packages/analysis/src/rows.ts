import { RingformerError } from '@ringformer/core/base';

/** n examples of d features each, row-major: `data` is [n d]. */
export type Rows = { readonly shape: readonly [number, number]; readonly data: ArrayLike<number> };

/** A square, symmetric matrix of the n × n similarities of examples, row-major. */
export type Gram = { readonly n: number; readonly data: Float64Array };

/** @throws RingformerError 'bad-shape' if the numbers don't fill the shape, or there are fewer than `least` examples. */
export function checkRows({ shape, data }: Rows, least: number): void {
  const [n, d] = shape;
  if (n >= least && d >= 1 && data.length === n * d) return;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/analysis] Expected at least ${least} rows that fill [n d], got ${data.length} numbers for [${shape}].`,
  );
}

/** K = X·Xᵀ, in float64 */
export function linearGram({ shape: [n, d], data }: Rows): Gram {
  const x = Float64Array.from(data);
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += x[i * d + k]! * x[j * d + k]!;
      gram[i * n + j] = gram[j * n + i] = sum;
    }
  }
  return { n, data: gram };
}

/**
 * K_ij = exp(−‖x_i − x_j‖² / (2·t²·m)), where m is the median of all n² squared distances (of two middle ones the lower), so
 * that scaling X changes nothing. t: the bandwidth as a share of the median distance.
 */
export function rbfGram(x: Rows, t: number): Gram {
  const { n, data } = linearGram(x);
  const squares = data.map((k, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return i === j ? 0 : Math.max(0, data[i * n + i]! + data[j * n + j]! - 2 * k);
  });
  const median = squares.toSorted()[(squares.length - 1) >> 1]!;
  return { n, data: median > 0 ? squares.map((square) => Math.exp(-square / (2 * t * t * median))) : squares.fill(1) };
}
