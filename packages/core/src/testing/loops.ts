// The arithmetic of nn.ts, attention.ts, loss.ts and optimizer.ts again, as loops over float64: what backends are
// measured against. Arrays are row-major.

/** y[r o] = Σ_i x[r i]·w[o i] + b[o] */
export function linear(x: Float64Array, w: Float64Array, inner: number, b?: Float64Array): Float64Array {
  const [rows, out] = [x.length / inner, w.length / inner];
  const y = new Float64Array(rows * out);
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < out; o++) {
      let sum = b?.[o] ?? 0;
      for (let i = 0; i < inner; i++) sum += at(x, r * inner + i) * at(w, o * inner + i);
      y[r * out + o] = sum;
    }
  return y;
}

export function layerNorm(x: Float64Array, weight: Float64Array, bias: Float64Array, epsilon: number): Float64Array {
  const d = weight.length;
  return x.map((value, i) => {
    const row = x.subarray(i - (i % d), i - (i % d) + d);
    const mean = row.reduce((sum, y) => sum + y, 0) / d;
    const variance = row.reduce((sum, y) => sum + (y - mean) ** 2, 0) / d;
    return ((value - mean) / Math.sqrt(variance + epsilon)) * at(weight, i % d) + at(bias, i % d);
  });
}

/** 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), all terms of one sign: float64's digits (Abramowitz and Stegun, 7.1.6). */
export function erf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function gelu(x: Float64Array): Float64Array {
  return x.map((value) => (value / 2) * (1 + erf(value * Math.SQRT1_2)));
}

export type AttentionSizes = { b: number; n: number; m: number; heads: number; dim: number; causal: boolean };

/** → out [b n d] and weights [b h n m]. A key that is ahead or has a `bias` of less than −1e8 has weight 0. */
export function attention(
  [query, key, value]: readonly [Float64Array, Float64Array, Float64Array],
  bias: ArrayLike<number> | undefined,
  { b, n, m, heads, dim, causal }: AttentionSizes,
): { out: Float64Array; weights: Float64Array } {
  const e = dim / heads;
  const out = new Float64Array(b * n * dim);
  const weights = new Float64Array(b * heads * n * m);
  for (let s = 0; s < b; s++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < n; i++) {
        const scores = Array.from({ length: m }, (_, j) => {
          if ((causal && j > i + m - n) || (bias?.[s * m + j] ?? 0) < -1e8) return Number.NEGATIVE_INFINITY;
          let score = 0;
          for (let c = h * e; c < (h + 1) * e; c++)
            score += at(query, (s * n + i) * dim + c) * at(key, (s * m + j) * dim + c);
          return score / Math.sqrt(e);
        });
        const top = Math.max(...scores);
        const powers = scores.map((score) => Math.exp(score - top));
        const total = powers.reduce((sum, power) => sum + power, 0);
        powers.forEach((power, j) => {
          weights[((s * heads + h) * n + i) * m + j] = power / total;
          for (let c = h * e; c < (h + 1) * e; c++)
            out[(s * n + i) * dim + c] =
              at(out, (s * n + i) * dim + c) + (power / total) * at(value, (s * m + j) * dim + c);
        });
      }
  return { out, weights };
}

/** (1−ε)·(−log p[label]) + ε·mean_v(−log p[v]) of each row; 0 if the label is `ignore`. */
export function tokenLosses(
  logits: Float64Array,
  labels: readonly number[],
  smoothing: number,
  ignore: number,
): Float64Array {
  const v = logits.length / labels.length;
  return Float64Array.from(labels, (label, r) => {
    if (label === ignore) return 0;
    const row = [...logits.subarray(r * v, (r + 1) * v)];
    const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    const mean = row.reduce((sum, x) => sum + logSum - x, 0) / v;
    return (1 - smoothing) * (logSum - row[label]!) + smoothing * mean;
  });
}

/** Central differences of `f`, which returns one number, at each element of each input. */
export function numericGradients(
  f: (inputs: Float64Array[]) => number,
  inputs: readonly Float64Array[],
): Float64Array[] {
  const moved = inputs.map((x) => x.slice());
  return moved.map((x) =>
    x.slice().map((value, i) => {
      const step = 1e-5;
      x[i] = value + step;
      const above = f(moved);
      x[i] = value - step;
      const below = f(moved);
      x[i] = value;
      return (above - below) / (2 * step);
    }),
  );
}

function at(x: Float64Array, i: number): number {
  return x[i]!;
}
