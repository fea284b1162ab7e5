// The Hilbert–Schmidt independence criterion of two sets of similarities of the same n examples.
import { RingformerError } from '@ringformer/core/base';
import type { Gram } from './rows.ts';

/** The biased estimator tr(K H L H) / (n − 1)² (Gretton et al., 2005), H = I − 11ᵀ/n. */
export function hsic0(k: Gram, l: Gram): number {
  const n = sameSize(k, l, 2);
  const [a, b] = [rowSums(k), rowSums(l)];
  let product = 0;
  let between = 0;
  for (let i = 0; i < n * n; i++) product += k.data[i]! * l.data[i]!;
  for (let i = 0; i < n; i++) between += a[i]! * b[i]!;
  return (product - (2 / n) * between + (total(a) * total(b)) / n ** 2) / (n - 1) ** 2;
}

/** The unbiased estimator HSIC₁ (Song et al., 2012, eq. 5; Nguyen et al., 2021, eq. 3): 0 in expectation if independent. */
export function hsic1(k: Gram, l: Gram): number {
  const n = sameSize(k, l, 4);
  const [a, b] = [rowSums(k), rowSums(l)];
  let product = 0;
  for (let i = 0; i < n * n; i++) product += k.data[i]! * l.data[i]!;
  let between = 0;
  for (let i = 0; i < n; i++) {
    const [own, other] = [k.data[i * n + i]!, l.data[i * n + i]!];
    product -= own * other; // K̃ and L̃ have zeros on the diagonal
    a[i]! -= own;
    b[i]! -= other;
    between += a[i]! * b[i]!;
  }
  const sums = (total(a) * total(b)) / ((n - 1) * (n - 2));
  return (product + sums - (2 / (n - 2)) * between) / (n * (n - 3));
}

function sameSize(k: Gram, l: Gram, least: number): number {
  if (k.n === l.n && k.n >= least) return k.n;
  throw new RingformerError(
    'bad-shape',
    `[ringformer/analysis] Expected two sets of the same examples, at least ${least}, got ${k.n} and ${l.n}.`,
  );
}

function rowSums({ n, data }: Gram): Float64Array {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sums[i]! += data[i * n + j]!;
  return sums;
}

const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
