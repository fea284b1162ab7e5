import { fma, sumLanes, sumLanes4 } from './simd';

// Products that read their operands in place: small ones, for which packing would cost more than it saves, and the slices
// of heads in attention. Strides in bytes; C = scale·(A·B) (+ bias), or C + A·B with `add`.

/** The rest of a dot product, from float `from` (a multiple of 4) to k. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function tail(a: usize, b: usize, from: i32, k: i32): f32 {
  let sum: f32 = 0;
  for (let p = from; p < k; p++) sum += load<f32>(a + (<usize>p << 2)) * load<f32>(b + (<usize>p << 2));
  return sum;
}

/** Dot products of one row with four rows of B. */
function dot1x4(k: i32, a: usize, b: usize, bRow: usize): v128 {
  const whole = k & ~3;
  const b1 = b + bRow, b2 = b1 + bRow, b3 = b2 + bRow;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  let p: usize = 0;
  for (const end = <usize>(k & ~7) << 2; p < end; p += 32) {
    const x = v128.load(a + p), y = v128.load(a + p, 16);
    s0 = fma(x, v128.load(b + p), s0); t0 = fma(y, v128.load(b + p, 16), t0);
    s1 = fma(x, v128.load(b1 + p), s1); t1 = fma(y, v128.load(b1 + p, 16), t1);
    s2 = fma(x, v128.load(b2 + p), s2); t2 = fma(y, v128.load(b2 + p, 16), t2);
    s3 = fma(x, v128.load(b3 + p), s3); t3 = fma(y, v128.load(b3 + p, 16), t3);
  }
  if (k & 4) {
    const x = v128.load(a + p);
    s0 = fma(x, v128.load(b + p), s0); s1 = fma(x, v128.load(b1 + p), s1);
    s2 = fma(x, v128.load(b2 + p), s2); s3 = fma(x, v128.load(b3 + p), s3);
  }
  s0 = sumLanes4(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3));
  if (whole == k) return s0;
  return f32x4.add(s0, f32x4(tail(a, b, whole, k), tail(a, b1, whole, k), tail(a, b2, whole, k), tail(a, b3, whole, k)));
}

/** Dot product of two rows. */
function dot1x1(k: i32, a: usize, b: usize): f32 {
  const whole = k & ~3;
  let s0 = f32x4.splat(0), s1 = s0;
  let p: usize = 0;
  for (const end = <usize>(k & ~7) << 2; p < end; p += 32) {
    s0 = fma(v128.load(a + p), v128.load(b + p), s0);
    s1 = fma(v128.load(a + p, 16), v128.load(b + p, 16), s1);
  }
  if (k & 4) s0 = fma(v128.load(a + p), v128.load(b + p), s0);
  return sumLanes(f32x4.add(s0, s1)) + tail(a, b, whole, k);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function put(c: usize, sum: v128, scale: v128, bias: usize): void {
  sum = f32x4.mul(sum, scale);
  v128.store(c, bias ? f32x4.add(sum, v128.load(bias)) : sum);
}

/** Three rows of A against four rows of B. */
function dot3x4(k: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, scale: v128, bias: usize): void {
  const whole = k & ~3;
  const a1 = a + aRow, a2 = a1 + aRow;
  const b1 = b + bRow, b2 = b1 + bRow, b3 = b2 + bRow;
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00, s20 = s00, s21 = s00, s22 = s00, s23 = s00;
  for (let p: usize = 0, end = <usize>whole << 2; p < end; p += 16) {
    const x0 = v128.load(a + p), x1 = v128.load(a1 + p), x2 = v128.load(a2 + p);
    let y = v128.load(b + p);
    s00 = fma(x0, y, s00); s10 = fma(x1, y, s10); s20 = fma(x2, y, s20);
    y = v128.load(b1 + p);
    s01 = fma(x0, y, s01); s11 = fma(x1, y, s11); s21 = fma(x2, y, s21);
    y = v128.load(b2 + p);
    s02 = fma(x0, y, s02); s12 = fma(x1, y, s12); s22 = fma(x2, y, s22);
    y = v128.load(b3 + p);
    s03 = fma(x0, y, s03); s13 = fma(x1, y, s13); s23 = fma(x2, y, s23);
  }
  s00 = sumLanes4(s00, s01, s02, s03);
  s10 = sumLanes4(s10, s11, s12, s13);
  s20 = sumLanes4(s20, s21, s22, s23);
  if (whole < k) {
    s00 = f32x4.add(s00, f32x4(tail(a, b, whole, k), tail(a, b1, whole, k), tail(a, b2, whole, k), tail(a, b3, whole, k)));
    s10 = f32x4.add(s10, f32x4(tail(a1, b, whole, k), tail(a1, b1, whole, k), tail(a1, b2, whole, k), tail(a1, b3, whole, k)));
    s20 = f32x4.add(s20, f32x4(tail(a2, b, whole, k), tail(a2, b1, whole, k), tail(a2, b2, whole, k), tail(a2, b3, whole, k)));
  }
  put(c, s00, scale, bias);
  put(c + cRow, s10, scale, bias);
  put(c + cRow * 2, s20, scale, bias);
}

/** Two rows of A against four rows of B. */
function dot2x4(k: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, scale: v128, bias: usize): void {
  const whole = k & ~3;
  const a1 = a + aRow;
  const b1 = b + bRow, b2 = b1 + bRow, b3 = b2 + bRow;
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  for (let p: usize = 0, end = <usize>whole << 2; p < end; p += 16) {
    const x0 = v128.load(a + p), x1 = v128.load(a1 + p);
    let y = v128.load(b + p);
    s00 = fma(x0, y, s00); s10 = fma(x1, y, s10);
    y = v128.load(b1 + p);
    s01 = fma(x0, y, s01); s11 = fma(x1, y, s11);
    y = v128.load(b2 + p);
    s02 = fma(x0, y, s02); s12 = fma(x1, y, s12);
    y = v128.load(b3 + p);
    s03 = fma(x0, y, s03); s13 = fma(x1, y, s13);
  }
  s00 = sumLanes4(s00, s01, s02, s03);
  s10 = sumLanes4(s10, s11, s12, s13);
  if (whole < k) {
    s00 = f32x4.add(s00, f32x4(tail(a, b, whole, k), tail(a, b1, whole, k), tail(a, b2, whole, k), tail(a, b3, whole, k)));
    s10 = f32x4.add(s10, f32x4(tail(a1, b, whole, k), tail(a1, b1, whole, k), tail(a1, b2, whole, k), tail(a1, b3, whole, k)));
  }
  put(c, s00, scale, bias);
  put(c + cRow, s10, scale, bias);
}

/** Rows i … i+rows of C, columns j … j+4. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function dotRows(
  k: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, rows: i32, scale: v128, bias: usize,
): void {
  if (rows == 3) dot3x4(k, a, aRow, b, bRow, c, cRow, scale, bias);
  else if (rows == 2) dot2x4(k, a, aRow, b, bRow, c, cRow, scale, bias);
  else put(c, dot1x4(k, a, b, bRow), scale, bias);
}

/** How many rows to take next: three at a time, but two twos rather than a three and a one. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function take(left: i32): i32 {
  return left == 4 ? 2 : min(left, 3);
}

/** C[m,n] = scale·A·Bᵀ (+ bias), with contiguous rows of A [m,k] and of B [n,k]. */
export function dotRowsProduct(
  a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, m: i32, n: i32, k: i32, scale: f32, bias: usize,
): void {
  const scales = f32x4.splat(scale);
  const whole = n & ~3;
  if (m > n) {
    for (let i = 0; i < m; ) {
      const rows = take(m - i);
      const ai = a + <usize>i * aRow, ci = c + <usize>i * cRow;
      for (let j = 0; j < whole; j += 4) {
        dotRows(k, ai, aRow, b + <usize>j * bRow, bRow, ci + (<usize>j << 2), cRow, rows, scales, bias ? bias + (<usize>j << 2) : 0);
      }
      i += rows;
    }
  } else {
    for (let j = 0; j < whole; j += 4) {
      const bj = b + <usize>j * bRow, cj = c + (<usize>j << 2), biasJ = bias ? bias + (<usize>j << 2) : 0;
      for (let i = 0; i < m; ) {
        const rows = take(m - i);
        dotRows(k, a + <usize>i * aRow, aRow, bj, bRow, cj + <usize>i * cRow, cRow, rows, scales, biasJ);
        i += rows;
      }
    }
  }
  for (let j = whole; j < n; j++) {
    const bj = b + <usize>j * bRow, biasJ = bias ? load<f32>(bias + (<usize>j << 2)) : 0;
    for (let i = 0; i < m; i++) {
      store<f32>(c + <usize>i * cRow + (<usize>j << 2), dot1x1(k, a + <usize>i * aRow, bj) * scale + biasJ);
    }
  }
}

/** C[4, 8] */
function rank4x8(
  k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize, scale: v128, bias: usize, add: bool,
): void {
  const a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let at: usize = 0;
  for (; k; k--) {
    const y0 = v128.load(b), y1 = v128.load(b, 16);
    b += bRow;
    let x = v128.load_splat<f32>(a + at);
    s00 = fma(x, y0, s00); s01 = fma(x, y1, s01);
    x = v128.load_splat<f32>(a1 + at);
    s10 = fma(x, y0, s10); s11 = fma(x, y1, s11);
    x = v128.load_splat<f32>(a2 + at);
    s20 = fma(x, y0, s20); s21 = fma(x, y1, s21);
    x = v128.load_splat<f32>(a3 + at);
    s30 = fma(x, y0, s30); s31 = fma(x, y1, s31);
    at += aColumn;
  }
  putOrAdd(c, s00, scale, bias, add); putOrAdd(c + 16, s01, scale, bias ? bias + 16 : 0, add);
  c += cRow;
  putOrAdd(c, s10, scale, bias, add); putOrAdd(c + 16, s11, scale, bias ? bias + 16 : 0, add);
  c += cRow;
  putOrAdd(c, s20, scale, bias, add); putOrAdd(c + 16, s21, scale, bias ? bias + 16 : 0, add);
  c += cRow;
  putOrAdd(c, s30, scale, bias, add); putOrAdd(c + 16, s31, scale, bias ? bias + 16 : 0, add);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function putOrAdd(c: usize, sum: v128, scale: v128, bias: usize, add: bool): void {
  sum = f32x4.mul(sum, scale);
  if (add) sum = f32x4.add(sum, v128.load(c));
  v128.store(c, bias ? f32x4.add(sum, v128.load(bias)) : sum);
}

/** C[1, 32] */
function rank1x32(k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, scale: v128, bias: usize, add: bool): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (; k; k--, a += aColumn, b += bRow) {
    const x = v128.load_splat<f32>(a);
    s0 = fma(x, v128.load(b), s0); s1 = fma(x, v128.load(b, 16), s1);
    s2 = fma(x, v128.load(b, 32), s2); s3 = fma(x, v128.load(b, 48), s3);
    s4 = fma(x, v128.load(b, 64), s4); s5 = fma(x, v128.load(b, 80), s5);
    s6 = fma(x, v128.load(b, 96), s6); s7 = fma(x, v128.load(b, 112), s7);
  }
  putOrAdd(c, s0, scale, bias, add); putOrAdd(c + 16, s1, scale, bias ? bias + 16 : 0, add);
  putOrAdd(c + 32, s2, scale, bias ? bias + 32 : 0, add); putOrAdd(c + 48, s3, scale, bias ? bias + 48 : 0, add);
  putOrAdd(c + 64, s4, scale, bias ? bias + 64 : 0, add); putOrAdd(c + 80, s5, scale, bias ? bias + 80 : 0, add);
  putOrAdd(c + 96, s6, scale, bias ? bias + 96 : 0, add); putOrAdd(c + 112, s7, scale, bias ? bias + 112 : 0, add);
}

/** C[1, 4] */
function rank1x4(k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, scale: v128, bias: usize, add: bool): void {
  let sum = f32x4.splat(0);
  for (; k; k--, a += aColumn, b += bRow) sum = fma(v128.load_splat<f32>(a), v128.load(b), sum);
  putOrAdd(c, sum, scale, bias, add);
}

/** C[1, 1] */
function rank1x1(k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, scale: f32, bias: usize, add: bool): void {
  let sum: f32 = 0;
  for (; k; k--, a += aColumn, b += bRow) sum += load<f32>(a) * load<f32>(b);
  sum *= scale;
  if (add) sum += load<f32>(c);
  store<f32>(c, bias ? sum + load<f32>(bias) : sum);
}

/** C[m,n] = scale·A·B (+ bias) (+ C with `add`), with contiguous rows of B [k,n] and any strides of A. */
export function rankProduct(
  a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, scale: f32, bias: usize, add: bool,
): void {
  const scales = f32x4.splat(scale);
  let i = 0;
  for (; i + 4 <= m; i += 4, a += aRow * 4, c += cRow * 4) {
    let j: usize = 0;
    for (; j + 32 <= <usize>n << 2; j += 32) {
      rank4x8(k, a, aRow, aColumn, b + j, bRow, c + j, cRow, scales, bias ? bias + j : 0, add);
    }
    for (let r: usize = 0; r < 4; r++) rankRow(k, a + r * aRow, aColumn, b, bRow, c + r * cRow, j, <usize>n << 2, scales, bias, add);
  }
  for (; i < m; i++, a += aRow, c += cRow) rankRow(k, a, aColumn, b, bRow, c, 0, <usize>n << 2, scales, bias, add);
}

/** One row of C from byte `j` on. */
function rankRow(
  k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, j: usize, end: usize, scale: v128, bias: usize, add: bool,
): void {
  for (; j + 128 <= end; j += 128) rank1x32(k, a, aColumn, b + j, bRow, c + j, scale, bias ? bias + j : 0, add);
  for (; j + 16 <= end; j += 16) rank1x4(k, a, aColumn, b + j, bRow, c + j, scale, bias ? bias + j : 0, add);
  for (; j < end; j += 4) rank1x1(k, a, aColumn, b + j, bRow, c + j, f32x4.extract_lane(scale, 0), bias ? bias + j : 0, add);
}
