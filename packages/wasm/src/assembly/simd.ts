// Used by every kernel: multiply-add, horizontal sums, loads and stores. Pointers are byte offsets into the shared heap.

/** a · b + c, rounded once in the build with relaxed SIMD and twice in the other. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of the four lanes, pairwise. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of the four lanes. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function maxLanes(x: v128): f32 {
  const pairs = f32x4.max(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** The largest of the numbers in `bytes`, a multiple of 16, at least 16; NaN if one is. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function largestOf(x: usize, bytes: usize): f32 {
  let a = v128.load(x), p: usize = 16;
  if (bytes >= 64) {
    let b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
    for (p = 64; p + 64 <= bytes; p += 64) {
      a = f32x4.max(a, v128.load(x + p));
      b = f32x4.max(b, v128.load(x + p, 16));
      c = f32x4.max(c, v128.load(x + p, 32));
      d = f32x4.max(d, v128.load(x + p, 48));
    }
    a = f32x4.max(f32x4.max(a, b), f32x4.max(c, d));
  }
  for (; p < bytes; p += 16) a = f32x4.max(a, v128.load(x + p));
  return maxLanes(a);
}

/** [Σa, Σb, Σc, Σd] over lanes. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function sumLanes4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}
