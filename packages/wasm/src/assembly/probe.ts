import { constants, useConstants } from './constants';
import { gelu4, geluOf } from './pointwise';
import { fma } from './simd';

// Whether V8 makes 256-bit vectors of neighbours, and the same numbers with them: each calculation once side by side, and
// once so that it can't. See ../wide-vectors.ts.

export { useConstants };

/** C[6, 8] + A·B with A packed in sixes; the twelve vectors of C are 16 · sizeof<Step>() bytes apart. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function product<Step>(a: usize, b: usize, c: usize, k: i32): void {
  let c00 = v128.load(c), c01 = v128.load(c, 16 * sizeof<Step>());
  let c10 = v128.load(c, 32 * sizeof<Step>()), c11 = v128.load(c, 48 * sizeof<Step>());
  let c20 = v128.load(c, 64 * sizeof<Step>()), c21 = v128.load(c, 80 * sizeof<Step>());
  let c30 = v128.load(c, 96 * sizeof<Step>()), c31 = v128.load(c, 112 * sizeof<Step>());
  let c40 = v128.load(c, 128 * sizeof<Step>()), c41 = v128.load(c, 144 * sizeof<Step>());
  let c50 = v128.load(c, 160 * sizeof<Step>()), c51 = v128.load(c, 176 * sizeof<Step>());
  for (; k; k--, a += 24, b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let t = v128.load_splat<f32>(a); c00 = fma(t, b0, c00); c01 = fma(t, b1, c01);
    t = v128.load_splat<f32>(a, 4); c10 = fma(t, b0, c10); c11 = fma(t, b1, c11);
    t = v128.load_splat<f32>(a, 8); c20 = fma(t, b0, c20); c21 = fma(t, b1, c21);
    t = v128.load_splat<f32>(a, 12); c30 = fma(t, b0, c30); c31 = fma(t, b1, c31);
    t = v128.load_splat<f32>(a, 16); c40 = fma(t, b0, c40); c41 = fma(t, b1, c41);
    t = v128.load_splat<f32>(a, 20); c50 = fma(t, b0, c50); c51 = fma(t, b1, c51);
  }
  v128.store(c, c00); v128.store(c, c01, 16 * sizeof<Step>());
  v128.store(c, c10, 32 * sizeof<Step>()); v128.store(c, c11, 48 * sizeof<Step>());
  v128.store(c, c20, 64 * sizeof<Step>()); v128.store(c, c21, 80 * sizeof<Step>());
  v128.store(c, c30, 96 * sizeof<Step>()); v128.store(c, c31, 112 * sizeof<Step>());
  v128.store(c, c40, 128 * sizeof<Step>()); v128.store(c, c41, 144 * sizeof<Step>());
  v128.store(c, c50, 160 * sizeof<Step>()); v128.store(c, c51, 176 * sizeof<Step>());
}

export function productOfPairs(a: usize, b: usize, c: usize, k: i32): void {
  product<u8>(a, b, c, k);
}

/** Leaves a gap after each vector of C. */
export function productOfSingles(a: usize, b: usize, c: usize, k: i32): void {
  product<u16>(a, b, c, k);
}

export function geluOfPairs(x: usize, y: usize, bytes: usize): void {
  geluOf(x, y, bytes);
}

export function geluOfSingles(x: usize, y: usize, bytes: usize): void {
  const t = constants();
  for (let p: usize = 0; p != bytes; p += 16) v128.store(y + p, gelu4(v128.load(x + p), t));
}
