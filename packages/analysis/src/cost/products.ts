/** One kind of matrix product of a pass. */
export type Product = {
  readonly part: 'embedding' | 'projection' | 'attention' | 'signal' | 'ffn' | 'output';
  /** Multiply–adds, all times it is computed taken together. */
  readonly macs: number;
  /** Numbers of the weights that it reads, again each time; 0 if both factors are activations. */
  readonly reads: number;
};

/** What the products of a pass cost. */
export type PassCost = {
  /** Multiply–adds of all matrix products. */
  readonly macs: number;
  /** 2 · macs: a multiplication and an addition each. Norms, softmax, GELU and sums are not counted, as is customary. */
  readonly flops: number;
  /** Multiply–adds by part. */
  readonly parts: Readonly<Record<Product['part'], number>>;
  /** Numbers of weights that products read, shared weights again at every level: times the bytes of one, the traffic. */
  readonly weightReads: number;
};

/** `times` products of [rows inner] with weights [outer inner] */
export const weighted = (part: Product['part'], rows: number, outer: number, inner: number, times = 1): Product => ({
  part,
  macs: times * rows * outer * inner,
  reads: times * outer * inner,
});

/** Scores and mixtures of `pairs` pairs of a query and a key, d wide. */
export const attended = (pairs: number, d: number): Product => ({ part: 'attention', macs: 2 * pairs * d, reads: 0 });

export function sumOf(products: readonly Product[]): PassCost {
  const parts = { embedding: 0, projection: 0, attention: 0, signal: 0, ffn: 0, output: 0 };
  let weightReads = 0;
  for (const { part, macs, reads } of products) {
    parts[part] += macs;
    weightReads += reads;
  }
  const macs = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { macs, flops: 2 * macs, parts, weightReads };
}
