import { constants } from '../constants';
import { exp4 } from '../math';
import { fma, largestOf, sumLanes, sumLanes4 } from '../simd';

/** Pads a list of addresses to a multiple of four, so that keys can be read four at a time. → its padded length */
export function pad(keys: usize, n: i32): i32 {
  const last = load<usize>(keys + (<usize>(n - 1) << 2));
  const whole = (n + 3) & ~3;
  for (let j = n; j < whole; j++) store<usize>(keys + (<usize>j << 2), last);
  return whole;
}

/**
 * out = softmax(q·kᵀ·scale + mask)·v of one head: n keys of `width` numbers at the listed addresses + `head`, each value
 * `value` bytes after its key.
 */
export function attend(
  query: usize, keys: usize, n: i32, head: usize, value: usize, width: i32, scale: f32, masks: usize, scores: usize, out: usize,
): void {
  const whole = (n + 3) & ~3;
  const end = <usize>width << 2;
  const scales = f32x4.splat(scale);
  for (let j: usize = 0; j < <usize>whole << 2; j += 16) {
    const k0 = load<usize>(keys + j) + head, k1 = load<usize>(keys + j, 4) + head;
    const k2 = load<usize>(keys + j, 8) + head, k3 = load<usize>(keys + j, 12) + head;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let p: usize = 0; p != end; p += 16) {
      const x = v128.load(query + p);
      s0 = fma(x, v128.load(k0 + p), s0); s1 = fma(x, v128.load(k1 + p), s1);
      s2 = fma(x, v128.load(k2 + p), s2); s3 = fma(x, v128.load(k3 + p), s3);
    }
    let sum = f32x4.mul(sumLanes4(s0, s1, s2, s3), scales);
    if (masks) sum = f32x4.add(sum, v128.load(masks + j));
    v128.store(scores + j, sum);
  }
  for (let j = n; j < whole; j++) store<f32>(scores + (<usize>j << 2), -3e38);
  const most = f32x4.splat(max(<f32>-3e38, largestOf(scores, <usize>whole << 2)));
  let total = f32x4.splat(0);
  const t = constants();
  let j: usize = 0;
  for (; j < <usize>(whole & ~7) << 2; j += 32) {
    const e = exp4(f32x4.sub(v128.load(scores + j), most), t), f = exp4(f32x4.sub(v128.load(scores + j, 16), most), t);
    v128.store(scores + j, e);
    v128.store(scores + j, f, 16);
    total = f32x4.add(f32x4.add(total, e), f);
  }
  if (whole & 4) {
    const e = exp4(f32x4.sub(v128.load(scores + j), most), t);
    v128.store(scores + j, e);
    total = f32x4.add(total, e);
  }
  const share = f32x4.splat(1 / sumLanes(total));
  for (let p: usize = 0; p != end; p += 64) {
    let y0 = f32x4.splat(0), y1 = y0, y2 = y0, y3 = y0, z0 = y0, z1 = y0, z2 = y0, z3 = y0;
    const at = head + value + p;
    for (let j: usize = 0; j < <usize>whole << 2; j += 8) {
      let v = load<usize>(keys + j) + at;
      let w = v128.load_splat<f32>(scores + j);
      y0 = fma(w, v128.load(v), y0); y1 = fma(w, v128.load(v, 16), y1);
      y2 = fma(w, v128.load(v, 32), y2); y3 = fma(w, v128.load(v, 48), y3);
      v = load<usize>(keys + j, 4) + at;
      w = v128.load_splat<f32>(scores + j, 4);
      z0 = fma(w, v128.load(v), z0); z1 = fma(w, v128.load(v, 16), z1);
      z2 = fma(w, v128.load(v, 32), z2); z3 = fma(w, v128.load(v, 48), z3);
    }
    v128.store(out + p, f32x4.mul(f32x4.add(y0, z0), share));
    v128.store(out + p, f32x4.mul(f32x4.add(y1, z1), share), 16);
    v128.store(out + p, f32x4.mul(f32x4.add(y2, z2), share), 32);
    v128.store(out + p, f32x4.mul(f32x4.add(y3, z3), share), 48);
  }
}
