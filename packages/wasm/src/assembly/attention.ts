import { constants } from './constants';
import { dotRowsProduct, rankProduct } from './direct';
import { exp1, exp4 } from './math';
import { largestOf, sumLanes } from './simd';

// Scaled dot-product attention on [b n d] tensors; a head is a slice of `width` numbers in each row of d.

/** Softmax of the first `seen` of `count` numbers, in place. The rest becomes 0, and so does everything if `seen` is 0. */
function softmaxRow(row: usize, seen: i32, count: i32): void {
  memory.fill(row + (<usize>seen << 2), 0, <usize>(count - seen) << 2);
  if (seen == 0) return;
  const t = constants();
  const pairs = <usize>(seen & ~7) << 2, whole = <usize>(seen & ~3) << 2, end = <usize>seen << 2;
  let largest = whole ? largestOf(row, whole) : load<f32>(row);
  let j = whole;
  for (; j < end; j += 4) largest = max(largest, load<f32>(row + j));
  const tops = f32x4.splat(largest);
  let sums = f32x4.splat(0);
  for (j = 0; j < pairs; j += 32) {
    const e = exp4(f32x4.sub(v128.load(row + j), tops), t), f = exp4(f32x4.sub(v128.load(row + j, 16), tops), t);
    v128.store(row + j, e);
    v128.store(row + j, f, 16);
    sums = f32x4.add(f32x4.add(sums, e), f);
  }
  for (; j < whole; j += 16) {
    const e = exp4(f32x4.sub(v128.load(row + j), tops), t);
    v128.store(row + j, e);
    sums = f32x4.add(sums, e);
  }
  let sum = sumLanes(sums);
  for (; j < end; j += 4) {
    const e = exp1(load<f32>(row + j) - largest, t);
    store<f32>(row + j, e);
    sum += e;
  }
  const scale: f32 = <f32>1 / sum, scales = f32x4.splat(scale);
  for (j = 0; j < whole; j += 16) v128.store(row + j, f32x4.mul(v128.load(row + j), scales));
  for (; j < end; j += 4) store<f32>(row + j, load<f32>(row + j) * scale);
}

/** out [b n d], weights [b h n m]; bias [b m] or 0. */
export function attention(
  query: usize, key: usize, value: usize, bias: usize, out: usize, weights: usize,
  b: i32, n: i32, m: i32, heads: i32, width: i32, causal: bool, scale: f32,
): void {
  const row = <usize>(heads * width) << 2, head = <usize>width << 2, line = <usize>m << 2;
  for (; b; b--) {
    for (let h = 0; h < heads; h++, weights += <usize>n * line) {
      const slice = <usize>h * head;
      dotRowsProduct(query + slice, row, key + slice, row, weights, line, n, m, width, scale, bias);
      for (let i = 0; i < n; i++) softmaxRow(weights + <usize>i * line, causal ? min(m, max(0, i + m - n + 1)) : m, m);
      rankProduct(weights, line, 4, value + slice, row, out + slice, row, n, width, m, 1, 0, false);
    }
    query += <usize>n * row;
    out += <usize>n * row;
    key += <usize>m * row;
    value += <usize>m * row;
    if (bias) bias += line;
  }
}

/** dScores = weights ∘ (dWeights − Σ_j weights·dWeights) for one row; overwrites dWeights. */
function softmaxGradRow(weights: usize, slopes: usize, count: i32): void {
  const whole = <usize>(count & ~3) << 2, end = <usize>count << 2;
  let sums = f32x4.splat(0);
  let j: usize = 0;
  for (; j < whole; j += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(weights + j), v128.load(slopes + j)));
  let sum = sumLanes(sums);
  for (; j < end; j += 4) sum += load<f32>(weights + j) * load<f32>(slopes + j);
  sums = f32x4.splat(sum);
  for (j = 0; j < whole; j += 16) {
    v128.store(slopes + j, f32x4.mul(v128.load(weights + j), f32x4.sub(v128.load(slopes + j), sums)));
  }
  for (; j < end; j += 4) store<f32>(slopes + j, load<f32>(weights + j) * (load<f32>(slopes + j) - sum));
}

/** dQuery [b n d], dKey and dValue [b m d] from dy [b n d]; `slopes` is working space for n·m numbers. */
export function attentionGrad(
  dy: usize, query: usize, key: usize, value: usize, weights: usize, dQuery: usize, dKey: usize, dValue: usize,
  b: i32, n: i32, m: i32, heads: i32, width: i32, scale: f32, slopes: usize,
): void {
  const row = <usize>(heads * width) << 2, head = <usize>width << 2, line = <usize>m << 2;
  for (; b; b--) {
    for (let h = 0; h < heads; h++, weights += <usize>n * line) {
      const slice = <usize>h * head;
      dotRowsProduct(dy + slice, row, value + slice, row, slopes, line, n, m, width, 1, 0);
      for (let i = 0; i < n; i++) softmaxGradRow(weights + <usize>i * line, slopes + <usize>i * line, m);
      rankProduct(slopes, line, 4, key + slice, row, dQuery + slice, row, n, width, m, scale, 0, false);
      rankProduct(slopes, 4, line, query + slice, row, dKey + slice, row, m, width, n, scale, 0, false);
      rankProduct(weights, 4, line, dy + slice, row, dValue + slice, row, m, width, n, 1, 0, false);
    }
    query += <usize>n * row;
    dQuery += <usize>n * row;
    dy += <usize>n * row;
    key += <usize>m * row;
    dKey += <usize>m * row;
    value += <usize>m * row;
    dValue += <usize>m * row;
  }
}
