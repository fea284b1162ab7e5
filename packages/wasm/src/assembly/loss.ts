import { constants } from './constants';
import { exp1, exp4, log1 } from './math';
import { largestOf, sumLanes } from './simd';

// Cross-entropy with label smoothing, row by row. Sums over the vocabulary run in float32 for 256 numbers, then float64.

const BLOCK: i32 = 256;

/** losses [rows], logSumExp [rows] */
export function crossEntropy(
  logits: usize, labels: usize, losses: usize, logSumExp: usize, rows: i32, v: i32, smoothing: f32, ignore: i32,
): void {
  const t = constants();
  const whole = v & ~3;
  for (let i = 0; i < rows; i++, logits += <usize>v << 2, labels += 4, losses += 4, logSumExp += 4) {
    let largest = whole ? largestOf(logits, <usize>whole << 2) : load<f32>(logits);
    let j = whole;
    for (; j < v; j++) largest = max(largest, load<f32>(logits + (<usize>j << 2)));
    const tops = f32x4.splat(largest);
    let total: f64 = 0, mean: f64 = 0;
    for (j = 0; j < whole; ) {
      let sums = f32x4.splat(0), plain = sums;
      for (const end = min(whole, j + BLOCK); j < end; j += 4) {
        const x = f32x4.sub(v128.load(logits + (<usize>j << 2)), tops);
        plain = f32x4.add(plain, x);
        sums = f32x4.add(sums, exp4(x, t));
      }
      total += sumLanes(sums);
      mean += sumLanes(plain);
    }
    for (; j < v; j++) {
      const x = load<f32>(logits + (<usize>j << 2)) - largest;
      mean += x;
      total += exp1(x, t);
    }
    const log = log1(total);
    store<f32>(logSumExp, <f32>(<f64>largest + log));
    const label = load<i32>(labels);
    let loss: f64 = 0;
    if (label != ignore) {
      // avoids 0 · ∞ if a logit is −∞
      if (smoothing) loss = <f64>smoothing * (log - mean / v);
      if (<u32>label < <u32>v) {
        loss += (1 - <f64>smoothing) * (log - <f64>(load<f32>(logits + (<usize>label << 2)) - largest));
      }
    }
    store<f32>(losses, <f32>loss);
  }
}

/** dLogits [rows, v] = dy · (softmax − (1 − ε)·label − ε/v), 0 in rows to ignore */
export function crossEntropyGrad(
  dy: usize, logits: usize, labels: usize, logSumExp: usize, dLogits: usize, rows: i32, v: i32, smoothing: f32, ignore: i32,
): void {
  const t = constants();
  const pairs = <usize>(v & ~7) << 2, whole = <usize>(v & ~3) << 2, row = <usize>v << 2;
  const spread = smoothing / <f32>v;
  for (let i = 0; i < rows; i++, logits += row, dLogits += row, dy += 4, labels += 4, logSumExp += 4) {
    const label = load<i32>(labels);
    if (label == ignore) {
      memory.fill(dLogits, 0, row);
      continue;
    }
    const slope = load<f32>(dy), log = load<f32>(logSumExp);
    const slopes = f32x4.splat(slope), logs = f32x4.splat(log), spreads = f32x4.splat(spread);
    let j: usize = 0;
    for (; j < pairs; j += 32) {
      const p = exp4(f32x4.sub(v128.load(logits + j), logs), t), q = exp4(f32x4.sub(v128.load(logits + j, 16), logs), t);
      v128.store(dLogits + j, f32x4.mul(slopes, f32x4.sub(p, spreads)));
      v128.store(dLogits + j, f32x4.mul(slopes, f32x4.sub(q, spreads)), 16);
    }
    for (; j < whole; j += 16) {
      const p = exp4(f32x4.sub(v128.load(logits + j), logs), t);
      v128.store(dLogits + j, f32x4.mul(slopes, f32x4.sub(p, spreads)));
    }
    for (; j < row; j += 4) store<f32>(dLogits + j, slope * (exp1(load<f32>(logits + j) - log, t) - spread));
    if (<u32>label < <u32>v) {
      const at = dLogits + (<usize>label << 2);
      store<f32>(at, load<f32>(at) - slope * (1 - smoothing));
    }
  }
}
