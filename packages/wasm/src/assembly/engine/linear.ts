import { fma } from '../simd';
import { maxLanes } from '../simd';
import { BF16, F32, INT8, Linear, WIDE, ZEROS } from './structs';

// Products with packed weights. Each output is one sum in the order of k, in whichever tile it is computed, so a number does
// not depend on neighbouring rows and columns. Layouts: f32 and bf16 [N/32][K/16][4][16][8], so that one row reads four
// panels of eight columns as one stream (a last group of 16 columns has two); int8 [N/16][K/4][16][4].

/** Weights of a block: 16 inputs of 8 columns. */
const BLOCK: usize = 128;

// `prepare` leaves its results to `product` in these variables instead of passing them. Each thread runs its own instance,
// so they belong to the thread; and one `prepare` serves many products, whose tiles already take nine arguments.

/** Where `quantise` puts a row's integers: int8 products split inputs of 14 bits into two bytes, or keep 16 bits. */
let quantised: usize = 0;
let rowScales: usize = 0;
let quantisedRow: usize = 0;
/** Where `prepare` packs rows for f32 products: the same place. */
let packed: usize = 0;

let wide: bool = false;

/** This thread's buffers for what `prepare` makes. */
export function useBuffers(integers: usize, scales: usize): void {
  wide = load<i32>(WIDE) != 0;
  quantised = packed = integers;
  rowScales = scales;
}

/** Prepares `rows` inputs for the products that follow: quantised for int8 weights, packed in sixes for f32. */
export function prepare(linear: Linear, x: usize, row: usize, rows: i32): void {
  const k = linear.k;
  if (linear.kind == F32) {
    for (let i = 0, whole = sixesOf(rows); i < whole; i += 6) pack(x + <usize>i * row, row, k, packed + (<usize>(i * k) << 2));
  } else if (linear.kind == INT8) {
    quantisedRow = <usize>k << 1;
    // as large as possible such that the sum of k products with 127 fits 32 bits
    const top = min(8191, i32(16909320 / k));
    for (let i = 0; i < rows; i++) {
      quantise(x + <usize>i * row, k, quantised + <usize>i * quantisedRow, rowScales + (<usize>i << 2), <f32>top);
    }
  }
}

/** How many rows are taken six at a time; the rest go by four, two and one. Of 8, 14, … the last 8 go by fours. */
function sixesOf(rows: i32): i32 {
  if (!wide) return 0;
  const left = rows % 6;
  return max(0, rows - left - (left == 2 ? 6 : 0));
}

/** Interleaves six rows, column by column. */
function pack(x: usize, row: usize, k: i32, to: usize): void {
  const x1 = x + row, x2 = x1 + row, x3 = x2 + row, x4 = x3 + row, x5 = x4 + row;
  for (let p: usize = 0, end = <usize>k << 2; p != end; p += 4, to += 24) {
    store<f32>(to, load<f32>(x + p)); store<f32>(to, load<f32>(x1 + p), 4); store<f32>(to, load<f32>(x2 + p), 8);
    store<f32>(to, load<f32>(x3 + p), 12); store<f32>(to, load<f32>(x4 + p), 16); store<f32>(to, load<f32>(x5 + p), 20);
  }
}

function quantise(x: usize, k: i32, to: usize, scale: usize, top: f32): void {
  const end = x + (<usize>k << 2);
  let most = f32x4.splat(0);
  for (let p = x; p < end; p += 16) most = f32x4.pmax(most, f32x4.abs(v128.load(p)));
  const largest = maxLanes(most);
  store<f32>(scale, largest / top);
  const factor = f32x4.splat(largest > 0 ? top / largest : 0);
  if (ASC_FEATURE_RELAXED_SIMD) {
    const offset = i16x8.splat(8192), low = i16x8.splat(127);
    for (let p = x; p < end; p += 64, to += 16) {
      const a = i16x8.add(integers(p, factor), offset), b = i16x8.add(integers(p + 32, factor), offset);
      v128.store(to, i8x16.narrow_i16x8_u(i16x8.shr_u(a, 7), i16x8.shr_u(b, 7)));
      v128.store(to + <usize>k, i8x16.narrow_i16x8_u(v128.and(a, low), v128.and(b, low)));
    }
  } else {
    for (let p = x; p < end; p += 32, to += 16) v128.store(to, integers(p, factor));
  }
}

/** Eight floats times `factor`, rounded, as 16 bits. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function integers(p: usize, factor: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p), factor))),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p, 16), factor))),
  );
}

/**
 * Columns from … to (multiples of 16) of C[rows, n] = A·W (+ bias), or C + A·W with `add`. Rows are aRow and cRow bytes
 * apart. `prepare` must have read the same inputs before.
 */
export function product(
  linear: Linear, a: usize, aRow: usize, rows: i32, c: usize, cRow: usize, from: i32, to: i32, add: bool,
): void {
  if (linear.kind == INT8) productInt8(linear, rows, c, cRow, from, to, add);
  else if (linear.kind == BF16) productOf<u16>(linear, a, aRow, rows, c, cRow, from, to, add);
  else productOf<f32>(linear, a, aRow, rows, c, cRow, from, to, add);
}

function productOf<W>(
  linear: Linear, a: usize, aRow: usize, rows: i32, c: usize, cRow: usize, from: i32, to: i32, add: bool,
): void {
  const k = linear.k;
  // What sums start from: C itself, the bias, or zeros. Always loads, without a choice: V8 makes 256-bit vectors only of
  // pairs that are alike from their start.
  const start = add ? c : linear.bias ? linear.bias : ZEROS;
  const startRow = add ? cRow : 0;
  const step: usize = add || linear.bias ? 4 : 0;
  const sixes = sizeof<W>() == 4 ? sixesOf(rows) : 0;
  const whole = sixes + ((rows - sixes) & ~3);
  if (whole) {
    for (let j = from; j < to; j += 8) {
      const w = panel(linear, j), skip = behind(linear, j, 8), at = <usize>j << 2;
      let i = 0;
      for (; i < sixes; i += 6) {
        const s = start + <usize>i * startRow + <usize>j * step;
        tile6(k, packed + (<usize>(i * k) << 2), w, skip, c + <usize>i * cRow + at, cRow, s, startRow);
      }
      for (; i < whole; i += 4) {
        const s = start + <usize>i * startRow + <usize>j * step;
        tile4<W>(k, a + <usize>i * aRow, aRow, w, skip, c + <usize>i * cRow + at, cRow, s, startRow);
      }
    }
  }
  let i = whole;
  if (i + 2 <= rows) {
    for (let j = from; j < to; j += 16) {
      const w = panel(linear, j), skip = behind(linear, j, 16), at = <usize>j << 2;
      const s = start + <usize>i * startRow + <usize>j * step;
      tile2<W>(k, a + <usize>i * aRow, aRow, w, skip, c + <usize>i * cRow + at, cRow, s, startRow);
    }
    i += 2;
  }
  if (i == rows) return;
  a += <usize>i * aRow;
  c += <usize>i * cRow;
  for (let j = from; j < to; ) {
    const w = panel(linear, j), at = <usize>j << 2;
    const s = start + <usize>i * startRow + <usize>j * step;
    if (!(j & 31) && j + 32 <= to) {
      tile1<W>(k, a, w, c + at, s);
      j += 32;
    } else {
      const skip = behind(linear, j, 16);
      tile1Narrow<W>(k, a, w, skip, c + at, s);
      j += 16;
    }
  }
}

/** Bytes of 16 numbers in each of 8 columns. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function blockBytes(linear: Linear): usize {
  return linear.kind == BF16 ? 2 * BLOCK : 4 * BLOCK;
}

/** The first block of the panel that begins with column j, a multiple of 8. */
function panel(linear: Linear, j: i32): usize {
  const group = <usize>(j & ~31) * <usize>linear.k << (linear.kind == BF16 ? 1 : 2);
  return linear.weights + group + <usize>((j & 31) >> 3) * blockBytes(linear);
}

/** Bytes from the end of a tile's block to its next one, for `width` columns from j on. */
function behind(linear: Linear, j: i32, width: i32): usize {
  const columns = min(32, linear.n - (j & ~31));
  return <usize>((columns - width) >> 3) * blockBytes(linear);
}

/** C[6, 8] from packed rows: twelve sums, two operands and a factor fill V8's registers. */
function tile6(k: i32, a: usize, w: usize, skip: usize, c: usize, cRow: usize, s: usize, sRow: usize): void {
  let c00 = v128.load(s), c01 = v128.load(s, 16);
  s += sRow;
  let c10 = v128.load(s), c11 = v128.load(s, 16);
  s += sRow;
  let c20 = v128.load(s), c21 = v128.load(s, 16);
  s += sRow;
  let c30 = v128.load(s), c31 = v128.load(s, 16);
  s += sRow;
  let c40 = v128.load(s), c41 = v128.load(s, 16);
  s += sRow;
  let c50 = v128.load(s), c51 = v128.load(s, 16);
  for (const end = a + <usize>k * 24; a != end; w += skip) {
    for (const stop = a + 384; a != stop; a += 24, w += 32) {
      const b0 = v128.load(w), b1 = v128.load(w, 16);
      let t = v128.load_splat<f32>(a); c00 = fma(t, b0, c00); c01 = fma(t, b1, c01);
      t = v128.load_splat<f32>(a, 4); c10 = fma(t, b0, c10); c11 = fma(t, b1, c11);
      t = v128.load_splat<f32>(a, 8); c20 = fma(t, b0, c20); c21 = fma(t, b1, c21);
      t = v128.load_splat<f32>(a, 12); c30 = fma(t, b0, c30); c31 = fma(t, b1, c31);
      t = v128.load_splat<f32>(a, 16); c40 = fma(t, b0, c40); c41 = fma(t, b1, c41);
      t = v128.load_splat<f32>(a, 20); c50 = fma(t, b0, c50); c51 = fma(t, b1, c51);
    }
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += cRow;
  v128.store(c, c10); v128.store(c, c11, 16); c += cRow;
  v128.store(c, c20); v128.store(c, c21, 16); c += cRow;
  v128.store(c, c30); v128.store(c, c31, 16); c += cRow;
  v128.store(c, c40); v128.store(c, c41, 16); c += cRow;
  v128.store(c, c50); v128.store(c, c51, 16);
}

// Weights are stored as W: f32, or bf16 (u16), where word j of eight columns holds column j in its low half and column
// 4 + j in its high half.

/** Columns 0 to 3 of the eight whose first word is `word`. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function low<W>(word: v128): v128 {
  return sizeof<W>() == 4 ? word : i32x4.shl(word, 16);
}

/**
 * Columns 4 to 7 of a bf16 word. Those of f32 are in the next 16 bytes; a constant offset loads them without an addition.
 */
// @ts-ignore: decorators are AssemblyScript's
@inline
function high(word: v128): v128 {
  return v128.and(word, i32x4.splat(0xffff0000));
}

/** C[4, 8] */
function tile4<W>(k: i32, a: usize, aRow: usize, w: usize, skip: usize, c: usize, cRow: usize, s: usize, sRow: usize): void {
  const a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
  let c00 = v128.load(s), c01 = v128.load(s, 16);
  s += sRow;
  let c10 = v128.load(s), c11 = v128.load(s, 16);
  s += sRow;
  let c20 = v128.load(s), c21 = v128.load(s, 16);
  s += sRow;
  let c30 = v128.load(s), c31 = v128.load(s, 16);
  let p: usize = 0;
  for (const end = <usize>k << 2; p != end; w += skip) {
    for (const stop = p + 64; p != stop; p += 4, w += 8 * sizeof<W>()) {
      const word = v128.load(w), b0 = low<W>(word), b1 = sizeof<W>() == 4 ? v128.load(w, 16) : high(word);
      let t = v128.load_splat<f32>(a + p); c00 = fma(t, b0, c00); c01 = fma(t, b1, c01);
      t = v128.load_splat<f32>(a1 + p); c10 = fma(t, b0, c10); c11 = fma(t, b1, c11);
      t = v128.load_splat<f32>(a2 + p); c20 = fma(t, b0, c20); c21 = fma(t, b1, c21);
      t = v128.load_splat<f32>(a3 + p); c30 = fma(t, b0, c30); c31 = fma(t, b1, c31);
    }
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += cRow;
  v128.store(c, c10); v128.store(c, c11, 16); c += cRow;
  v128.store(c, c20); v128.store(c, c21, 16); c += cRow;
  v128.store(c, c30); v128.store(c, c31, 16);
}

/** C[2, 16] */
function tile2<W>(k: i32, a: usize, aRow: usize, w: usize, skip: usize, c: usize, cRow: usize, s: usize, sRow: usize): void {
  const a1 = a + aRow;
  let c00 = v128.load(s), c01 = v128.load(s, 16), c02 = v128.load(s, 32), c03 = v128.load(s, 48);
  s += sRow;
  let c10 = v128.load(s), c11 = v128.load(s, 16), c12 = v128.load(s, 32), c13 = v128.load(s, 48);
  let p: usize = 0;
  for (const end = <usize>k << 2; p != end; w += BLOCK * sizeof<W>() + skip) {
    for (const stop = p + 64; p != stop; p += 4, w += 8 * sizeof<W>()) {
      const t = v128.load_splat<f32>(a + p), t1 = v128.load_splat<f32>(a1 + p);
      let word = v128.load(w), b = low<W>(word); c00 = fma(t, b, c00); c10 = fma(t1, b, c10);
      b = sizeof<W>() == 4 ? v128.load(w, 16) : high(word); c01 = fma(t, b, c01); c11 = fma(t1, b, c11);
      word = v128.load(w, BLOCK * sizeof<W>()); b = low<W>(word); c02 = fma(t, b, c02); c12 = fma(t1, b, c12);
      b = sizeof<W>() == 4 ? v128.load(w, 528) : high(word); c03 = fma(t, b, c03); c13 = fma(t1, b, c13);
    }
  }
  store4(c, c00, c01, c02, c03);
  store4(c + cRow, c10, c11, c12, c13);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function store4(c: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  v128.store(c, x0); v128.store(c, x1, 16); v128.store(c, x2, 32); v128.store(c, x3, 48);
}

/** C[1, 32] */
function tile1<W>(k: i32, a: usize, w: usize, c: usize, s: usize): void {
  let c0 = v128.load(s), c1 = v128.load(s, 16), c2 = v128.load(s, 32), c3 = v128.load(s, 48);
  let c4 = v128.load(s, 64), c5 = v128.load(s, 80), c6 = v128.load(s, 96), c7 = v128.load(s, 112);
  for (const end = a + (<usize>k << 2); a != end; w += 3 * BLOCK * sizeof<W>()) {
    for (const stop = a + 64; a != stop; a += 4, w += 8 * sizeof<W>()) {
      const t = v128.load_splat<f32>(a);
      let word = v128.load(w);
      c0 = fma(t, low<W>(word), c0); c1 = fma(t, sizeof<W>() == 4 ? v128.load(w, 16) : high(word), c1);
      word = v128.load(w, BLOCK * sizeof<W>());
      c2 = fma(t, low<W>(word), c2); c3 = fma(t, sizeof<W>() == 4 ? v128.load(w, 528) : high(word), c3);
      word = v128.load(w, 2 * BLOCK * sizeof<W>());
      c4 = fma(t, low<W>(word), c4); c5 = fma(t, sizeof<W>() == 4 ? v128.load(w, 1040) : high(word), c5);
      word = v128.load(w, 3 * BLOCK * sizeof<W>());
      c6 = fma(t, low<W>(word), c6); c7 = fma(t, sizeof<W>() == 4 ? v128.load(w, 1552) : high(word), c7);
    }
  }
  store4(c, c0, c1, c2, c3);
  store4(c + 64, c4, c5, c6, c7);
}

/** C[1, 16] */
function tile1Narrow<W>(k: i32, a: usize, w: usize, skip: usize, c: usize, s: usize): void {
  let c0 = v128.load(s), c1 = v128.load(s, 16), c2 = v128.load(s, 32), c3 = v128.load(s, 48);
  for (const end = a + (<usize>k << 2); a != end; w += BLOCK * sizeof<W>() + skip) {
    for (const stop = a + 64; a != stop; a += 4, w += 8 * sizeof<W>()) {
      const t = v128.load_splat<f32>(a);
      let word = v128.load(w);
      c0 = fma(t, low<W>(word), c0); c1 = fma(t, sizeof<W>() == 4 ? v128.load(w, 16) : high(word), c1);
      word = v128.load(w, BLOCK * sizeof<W>());
      c2 = fma(t, low<W>(word), c2); c3 = fma(t, sizeof<W>() == 4 ? v128.load(w, 528) : high(word), c3);
    }
  }
  store4(c, c0, c1, c2, c3);
}

function productInt8(linear: Linear, rows: i32, c: usize, cRow: usize, from: i32, to: i32, add: bool): void {
  const k = linear.k;
  const panel = <usize>k << 4;
  let i = 0;
  for (; i + 2 <= rows; i += 2) {
    const q = quantised + <usize>i * quantisedRow, scales = rowScales + (<usize>i << 2);
    for (let j = from; j < to; j += 8) {
      const w = linear.weights + <usize>(j >> 4) * panel + (<usize>(j & 8) << 2);
      tile2Int8(k, q, w, linear, j, c + <usize>i * cRow + (<usize>j << 2), cRow, scales, add);
    }
  }
  if (i < rows) {
    const q = quantised + <usize>i * quantisedRow, scales = rowScales + (<usize>i << 2);
    c += <usize>i * cRow;
    for (let j = from; j < to; j += 16) {
      tile1Int8(k, q, linear.weights + <usize>(j >> 4) * panel, linear, j, c + (<usize>j << 2), scales, add);
    }
  }
}

/** Four columns' sums, as numbers. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function finish(sum: v128, linear: Linear, column: i32, c: usize, rowScale: v128, add: bool): void {
  const at = <usize>column << 2;
  const y = f32x4.mul(f32x4.convert_i32x4_s(sum), f32x4.mul(rowScale, v128.load(linear.scale + at)));
  if (add) v128.store(c, f32x4.add(v128.load(c), y));
  else v128.store(c, linear.bias ? f32x4.add(v128.load(linear.bias + at), y) : y);
}

/** Both bytes' sums, minus what their offset adds. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function join(upper: v128, lower: v128, linear: Linear, column: i32): v128 {
  const sums = i32x4.shl(v128.load(linear.sums + (<usize>column << 2)), 6);
  return i32x4.add(i32x4.shl(i32x4.sub(upper, sums), 7), lower);
}

/** [a b c d], [e f g h] → [a+b c+d e+f g+h] */
// @ts-ignore: decorators are AssemblyScript's
@inline
function addPairs(x: v128, y: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(x, y, 0, 2, 4, 6), v128.shuffle<i32>(x, y, 1, 3, 5, 7));
}

function tile1Int8(k: i32, q: usize, w: usize, linear: Linear, column: i32, c: usize, scales: usize, add: bool): void {
  const zero = i32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
  const scale = v128.load_splat<f32>(scales);
  if (ASC_FEATURE_RELAXED_SIMD) {
    const lower = <usize>k;
    for (const end = q + <usize>k; q != end; q += 4, w += 64) {
      const a = v128.load_splat<i32>(q), b = v128.load_splat<i32>(q + lower);
      let x = v128.load(w);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s0); s4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b, s4);
      x = v128.load(w, 16);
      s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s1); s5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b, s5);
      x = v128.load(w, 32);
      s2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s2); s6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b, s6);
      x = v128.load(w, 48);
      s3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s3); s7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, b, s7);
    }
    finish(join(s0, s4, linear, column), linear, column, c, scale, add);
    finish(join(s1, s5, linear, column + 4), linear, column + 4, c + 16, scale, add);
    finish(join(s2, s6, linear, column + 8), linear, column + 8, c + 32, scale, add);
    finish(join(s3, s7, linear, column + 12), linear, column + 12, c + 48, scale, add);
  } else {
    for (const end = q + (<usize>k << 1); q != end; q += 8, w += 64) {
      const a = v128.load_splat<i64>(q);
      s0 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w), a), s0);
      s1 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 8), a), s1);
      s2 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 16), a), s2);
      s3 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 24), a), s3);
      s4 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 32), a), s4);
      s5 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 40), a), s5);
      s6 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 48), a), s6);
      s7 = i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(w, 56), a), s7);
    }
    finish(addPairs(s0, s1), linear, column, c, scale, add);
    finish(addPairs(s2, s3), linear, column + 4, c + 16, scale, add);
    finish(addPairs(s4, s5), linear, column + 8, c + 32, scale, add);
    finish(addPairs(s6, s7), linear, column + 12, c + 48, scale, add);
  }
}

/** C[2, 8] */
function tile2Int8(
  k: i32, q: usize, w: usize, linear: Linear, column: i32, c: usize, cRow: usize, scales: usize, add: bool,
): void {
  const zero = i32x4.splat(0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
  const scale = v128.load_splat<f32>(scales), scale1 = v128.load_splat<f32>(scales, 4);
  const next = <usize>k << 1;
  if (ASC_FEATURE_RELAXED_SIMD) {
    const lower = <usize>k;
    for (const end = q + <usize>k; q != end; q += 4, w += 64) {
      const x = v128.load(w), y = v128.load(w, 16);
      let a = v128.load_splat<i32>(q);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s0); s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, a, s1);
      a = v128.load_splat<i32>(q + lower);
      s2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s2); s3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, a, s3);
      a = v128.load_splat<i32>(q + next);
      s4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s4); s5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, a, s5);
      a = v128.load_splat<i32>(q + next + lower);
      s6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, a, s6); s7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, a, s7);
    }
    finish(join(s0, s2, linear, column), linear, column, c, scale, add);
    finish(join(s1, s3, linear, column + 4), linear, column + 4, c + 16, scale, add);
    c += cRow;
    finish(join(s4, s6, linear, column), linear, column, c, scale1, add);
    finish(join(s5, s7, linear, column + 4), linear, column + 4, c + 16, scale1, add);
  } else {
    for (const end = q + next; q != end; q += 8, w += 64) {
      const a = v128.load_splat<i64>(q), b = v128.load_splat<i64>(q + next);
      let x = v128.load_ext<i8>(w);
      s0 = i32x4.add(i32x4.dot_i16x8_s(x, a), s0); s4 = i32x4.add(i32x4.dot_i16x8_s(x, b), s4);
      x = v128.load_ext<i8>(w, 8);
      s1 = i32x4.add(i32x4.dot_i16x8_s(x, a), s1); s5 = i32x4.add(i32x4.dot_i16x8_s(x, b), s5);
      x = v128.load_ext<i8>(w, 16);
      s2 = i32x4.add(i32x4.dot_i16x8_s(x, a), s2); s6 = i32x4.add(i32x4.dot_i16x8_s(x, b), s6);
      x = v128.load_ext<i8>(w, 24);
      s3 = i32x4.add(i32x4.dot_i16x8_s(x, a), s3); s7 = i32x4.add(i32x4.dot_i16x8_s(x, b), s7);
    }
    finish(addPairs(s0, s1), linear, column, c, scale, add);
    finish(addPairs(s2, s3), linear, column + 4, c + 16, scale, add);
    c += cRow;
    finish(addPairs(s4, s5), linear, column, c, scale1, add);
    finish(addPairs(s6, s7), linear, column + 4, c + 16, scale1, add);
  }
}

/** Row `id` of a table whose rows are the linear's columns: y = W[·, id]·scale, K numbers. */
export function column(linear: Linear, id: i32, scale: f32, y: usize): void {
  const k = linear.k;
  if (linear.kind == INT8) {
    const w = linear.weights + <usize>(id >> 4) * (<usize>k << 4) + (<usize>(id & 15) << 2);
    const unit = load<f32>(linear.scale + (<usize>id << 2)) * scale;
    for (let p = 0; p < k; p++) store<f32>(y + (<usize>p << 2), <f32>load<i8>(w + (<usize>(p >> 2) << 6) + <usize>(p & 3)) * unit);
    return;
  }
  const half = linear.kind == BF16;
  const w = panel(linear, id & ~7), skip = behind(linear, id & ~7, 8);
  const lane: usize = half ? (<usize>(id & 3) << 2) + (<usize>(id & 4) >> 1) : <usize>(id & 7) << 2;
  for (let p = 0; p < k; p++) {
    const at = w + lane + <usize>(p >> 4) * skip + (<usize>p << (half ? 4 : 5));
    const value = half ? reinterpret<f32>(<u32>load<u16>(at) << 16) : load<f32>(at);
    store<f32>(y + (<usize>p << 2), value * scale);
  }
}
