import { dotRowsProduct, rankProduct } from './direct';
import { fma } from './simd';

// C[m,n] = op(A)[m,k] · op(B)[k,n] (+ bias[n]) with packed panels: a block of A (MC × KC) is stored as strips of MR rows,
// a block of B (KC × n) as strips of NR columns, both along k, so that the inner loop reads memory in order.
// Strips at the edge are padded with zeros; their tiles go through `tile` in the scratch.

// The tile is as large as V8 can keep in 16 registers. One step of k per iteration: if unrolled, older versions (Node 20,
// 22) load all operands of the block first, spill, and lose a third of the speed.
const MR: i32 = 6;
const NR: i32 = 8;
/** Depth of a block: a strip of A (6 KB) and a strip of B (8 KB) stay in the first-level cache. */
const KC: i32 = 256;
/** Rows of a block of A: 66 KB stay in the second-level cache. */
const MC: i32 = 66;

/** Bytes of scratch that `gemm` needs for a product with n columns and depth k. */
export function gemmScratch(n: i32, k: i32): usize {
  const columns = <usize>((n + NR - 1) / NR * NR);
  return 256 + columns * 4 + <usize>(MC * KC * 4) + columns * <usize>min(k, KC) * 4;
}

/** One MR × NR tile over depth k, from packed strips; starts from C with `add`, else from the bias strip. */
function micro(k: i32, a: usize, b: usize, c: usize, row: usize, add: bool, bias: usize): void {
  let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128,
    c30: v128, c31: v128, c40: v128, c41: v128, c50: v128, c51: v128;
  if (add) {
    let p = c;
    c00 = v128.load(p); c01 = v128.load(p, 16); p += row;
    c10 = v128.load(p); c11 = v128.load(p, 16); p += row;
    c20 = v128.load(p); c21 = v128.load(p, 16); p += row;
    c30 = v128.load(p); c31 = v128.load(p, 16); p += row;
    c40 = v128.load(p); c41 = v128.load(p, 16); p += row;
    c50 = v128.load(p); c51 = v128.load(p, 16);
  } else {
    c00 = c10 = c20 = c30 = c40 = c50 = v128.load(bias);
    c01 = c11 = c21 = c31 = c41 = c51 = v128.load(bias, 16);
  }
  for (const end = a + <usize>k * 24; a != end; a += 24, b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let t = v128.load_splat<f32>(a); c00 = fma(t, b0, c00); c01 = fma(t, b1, c01);
    t = v128.load_splat<f32>(a, 4); c10 = fma(t, b0, c10); c11 = fma(t, b1, c11);
    t = v128.load_splat<f32>(a, 8); c20 = fma(t, b0, c20); c21 = fma(t, b1, c21);
    t = v128.load_splat<f32>(a, 12); c30 = fma(t, b0, c30); c31 = fma(t, b1, c31);
    t = v128.load_splat<f32>(a, 16); c40 = fma(t, b0, c40); c41 = fma(t, b1, c41);
    t = v128.load_splat<f32>(a, 20); c50 = fma(t, b0, c50); c51 = fma(t, b1, c51);
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += row;
  v128.store(c, c10); v128.store(c, c11, 16); c += row;
  v128.store(c, c20); v128.store(c, c21, 16); c += row;
  v128.store(c, c30); v128.store(c, c31, 16); c += row;
  v128.store(c, c40); v128.store(c, c41, 16); c += row;
  v128.store(c, c50); v128.store(c, c51, 16);
}

/** Four numbers of each of four rows, as four columns `step` bytes apart. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function transpose4(from: usize, across: usize, to: usize, step: usize): void {
  const x0 = v128.load(from), x1 = v128.load(from + across);
  const x2 = v128.load(from + across * 2), x3 = v128.load(from + across * 3);
  const lo = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), hi = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const lo2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), hi2 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(lo, lo2, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(lo, lo2, 2, 3, 6, 7));
  v128.store(to + step * 2, v128.shuffle<f32>(hi, hi2, 0, 1, 4, 5));
  v128.store(to + step * 3, v128.shuffle<f32>(hi, hi2, 2, 3, 6, 7));
}

/** Four numbers of each of two rows, as four pairs `step` bytes apart. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function transpose2(from: usize, across: usize, to: usize, step: usize): void {
  const x = v128.load(from), y = v128.load(from + across);
  const lo = v128.shuffle<f32>(x, y, 0, 4, 1, 5), hi = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
  v128.store64_lane(to, lo, 0);
  v128.store64_lane(to + step, lo, 1);
  v128.store64_lane(to + step * 2, hi, 0);
  v128.store64_lane(to + step * 3, hi, 1);
}

/** Copies `count` rows (or columns) of a matrix into zero-padded strips of `width`. Strides in bytes. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function pack(from: usize, across: usize, along: usize, count: i32, k: i32, width: i32, to: usize): void {
  const step = <usize>width << 2;
  for (let i = 0; i < count; i += width, from += <usize>width * across) {
    const live = min(width, count - i);
    let p: usize = 0;
    if (live == width && across == 4) {
      // the strip is contiguous already
      for (let s = from; p < <usize>k; p++, s += along, to += step) {
        v128.store(to, v128.load(s));
        if (width == 8) v128.store(to, v128.load(s, 16), 16);
        else store<u64>(to, load<u64>(s, 16), 16);
      }
    } else if (live == width && along == 4) {
      for (const whole = <usize>k & ~3; p < whole; p += 4, to += step << 2) {
        transpose4(from + (p << 2), across, to, step);
        if (width == 8) transpose4(from + (p << 2) + (across << 2), across, to + 16, step);
        else transpose2(from + (p << 2) + (across << 2), across, to + 16, step);
      }
    }
    for (let s = from + p * along; p < <usize>k; p++, s += along) {
      let q = 0;
      for (let r = s; q < live; q++, r += across, to += 4) store<f32>(to, load<f32>(r));
      for (; q < width; q++, to += 4) store<f32>(to, 0);
    }
  }
}

/**
 * C[m,n] = A·B (+ bias[n] if bias ≠ 0). Strides in bytes: element (i,p) of A is at a + i·aRow + p·aColumn,
 * (p,j) of B at b + p·bRow + j·bColumn; rows of C are cRow apart.
 */
export function gemmPacked(
  a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize,
  c: usize, cRow: usize,
  m: i32, n: i32, k: i32, bias: usize, scratch: usize,
): void {
  const columns = (n + NR - 1) / NR * NR;
  const tile = scratch;
  const biasStrip = scratch + 256;
  const stripA = biasStrip + <usize>columns * 4;
  const stripB = stripA + <usize>(MC * KC * 4);
  if (bias) memory.copy(biasStrip, bias, <usize>n * 4);
  memory.fill(bias ? biasStrip + <usize>n * 4 : biasStrip, 0, <usize>(bias ? columns - n : columns) * 4);
  for (let k0 = 0; k0 < k; k0 += KC) {
    const depth = min(KC, k - k0);
    const add = k0 > 0;
    pack(b + <usize>k0 * bRow, bColumn, bRow, n, depth, NR, stripB);
    for (let i0 = 0; i0 < m; i0 += MC) {
      const rows = min(MC, m - i0);
      pack(a + <usize>i0 * aRow + <usize>k0 * aColumn, aRow, aColumn, rows, depth, MR, stripA);
      for (let j = 0; j < n; j += NR) {
        const pb = stripB + <usize>(j * depth) * 4;
        const biasAt = biasStrip + <usize>j * 4;
        const across = min(NR, n - j);
        for (let i = 0; i < rows; i += MR) {
          const pa = stripA + <usize>(i * depth) * 4;
          const at = c + <usize>(i0 + i) * cRow + <usize>j * 4;
          const down = min(MR, rows - i);
          if (down == MR && across == NR) {
            micro(depth, pa, pb, at, cRow, add, biasAt);
            continue;
          }
          if (add) {
            for (let r = 0; r < down; r++) memory.copy(tile + <usize>(r * NR) * 4, at + <usize>r * cRow, <usize>across * 4);
          }
          micro(depth, pa, pb, tile, <usize>(NR * 4), add, biasAt);
          for (let r = 0; r < down; r++) memory.copy(at + <usize>r * cRow, tile + <usize>(r * NR) * 4, <usize>across * 4);
        }
      }
    }
  }
}

/** Up to this many rows (or columns) are faster to read in place than to pack. */
const FEW: i32 = 16;

/**
 * `batch` products C = op(A)·op(B) (+ bias[n] if bias ≠ 0) of contiguous matrices, aNext and bNext bytes apart
 * (0: the same for all), C contiguous. The shape decides the method.
 */
export function matMul(
  a: usize, aNext: usize, transposeA: bool,
  b: usize, bNext: usize, transposeB: bool,
  c: usize, batch: i32, m: i32, n: i32, k: i32, bias: usize, scratch: usize,
): void {
  // a vector is its own transpose: choose the contiguous reading
  if (m == 1) transposeA = false;
  if (n == 1) transposeB = true;
  const aRow: usize = transposeA ? 4 : <usize>k << 2, aColumn: usize = transposeA ? <usize>m << 2 : 4;
  const bRow: usize = transposeB ? 4 : <usize>n << 2, bColumn: usize = transposeB ? <usize>k << 2 : 4;
  const cRow = <usize>n << 2;
  const small = m * n * k <= 32768;
  const dot = !transposeA && transposeB && (small || m <= FEW || n <= FEW);
  const rank = !transposeB && (small || m <= FEW || n <= FEW);
  for (; batch; batch--, a += aNext, b += bNext, c += <usize>m * cRow) {
    if (dot) dotRowsProduct(a, aRow, b, bColumn, c, cRow, m, n, k, 1, bias);
    else if (rank) rankProduct(a, aRow, aColumn, b, bRow, c, cRow, m, n, k, 1, bias, false);
    else gemmPacked(a, aRow, aColumn, b, bRow, bColumn, c, cRow, m, n, k, bias, scratch);
  }
}
