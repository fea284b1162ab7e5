import { geluOf } from '../pointwise';
import { fma, sumLanes } from '../simd';

// Operations on rows between products. D is the padded width of a row, d the real one; norm is [gain D, bias D].

/** x += y */
export function add(x: usize, y: usize, D: i32): void {
  for (let p: usize = 0, end = <usize>D << 2; p != end; p += 16) {
    v128.store(x + p, f32x4.add(v128.load(x + p), v128.load(y + p)));
  }
}

/** y = LN(x), biased variance; the padding after d stays zero. */
export function norm(x: usize, y: usize, gain: usize, d: i32, D: i32, epsilon: f32): void {
  const end = <usize>D << 2;
  let sum = f32x4.splat(0);
  for (let p: usize = 0; p != end; p += 16) sum = f32x4.add(sum, v128.load(x + p));
  const mean = sumLanes(sum) / <f32>d;
  const means = f32x4.splat(mean);
  let squares = f32x4.splat(0);
  for (let p: usize = 0; p != end; p += 16) {
    const t = f32x4.sub(v128.load(x + p), means);
    squares = fma(t, t, squares);
  }
  const variance = (sumLanes(squares) - <f32>(D - d) * mean * mean) / <f32>d;
  const factor = f32x4.splat(1 / sqrt<f32>(variance + epsilon));
  const bias = gain + end;
  for (let p: usize = 0; p != end; p += 16) {
    const unit = f32x4.mul(f32x4.sub(v128.load(x + p), means), factor);
    v128.store(y + p, fma(unit, v128.load(gain + p), v128.load(bias + p)));
  }
}

/** x = gelu(x), `bytes` a multiple of 64 */
export function geluRow(x: usize, bytes: usize): void {
  geluOf(x, x, bytes);
}
