// Numbers of exp, GELU and dropout, in memory. A vector constant in the program is built from integers at every use by V8,
// which takes half the time of exp; a load from here costs next to nothing, and two can become one of 256 bits.

/** Bytes of the table. */
export const TABLE_BYTES: i32 = 160;

// Where each number is in the table.
export const LOG2_E: usize = 0;
export const ROUND: usize = 4;
export const LN2_UPPER: usize = 8;
export const LN2_LOWER: usize = 12;
export const EXP_3: usize = 16;
export const EXP_4: usize = 20;
export const EXP_5: usize = 24;
export const EXP_6: usize = 28;
export const EXP_7: usize = 32;
export const EXPONENT: usize = 36;
export const EXP_LEAST: usize = 40;
export const ONE: usize = 44;
export const HALF: usize = 48;
export const MINUS_HALF: usize = 52;
export const TAIL_SCALE: usize = 56;
export const TAIL_MOST: usize = 60;
export const TAIL_0: usize = 64;
export const TAIL_1: usize = 68;
export const TAIL_2: usize = 72;
export const TAIL_3: usize = 76;
export const TAIL_4: usize = 80;
export const TAIL_5: usize = 84;
export const TAIL_6: usize = 88;
export const TAIL_7: usize = 92;
export const TAIL_8: usize = 96;
export const TAIL_9: usize = 100;
export const DENSITY: usize = 104;
export const MIX_1: usize = 108;
export const MIX_2: usize = 112;
/** Eight integers: what the dropout counters of eight neighbours add. */
export const COUNTERS: usize = 128;
export const NEXT_COUNTERS: usize = 144;

let table: usize = 0;

/** The table, for the functions that take `t`. */
// @ts-ignore: decorators are AssemblyScript's
@inline
export function constants(): usize {
  return table;
}

/** Writes the table to `at`, a multiple of 16. Must be called before anything that reads it. */
export function useConstants(at: usize): void {
  table = at;
  store<f32>(at, 1.44269504, LOG2_E);
  store<f32>(at, 12582912, ROUND); // 1.5 · 2²³
  store<f32>(at, 0.693359375, LN2_UPPER);
  store<f32>(at, -2.12194440e-4, LN2_LOWER);
  store<f32>(at, 1.6666665459e-1, EXP_3);
  store<f32>(at, 4.1665795894e-2, EXP_4);
  store<f32>(at, 8.3334519073e-3, EXP_5);
  store<f32>(at, 1.3981999507e-3, EXP_6);
  store<f32>(at, 1.9875691500e-4, EXP_7);
  store<i32>(at, 127 << 23, EXPONENT);
  store<f32>(at, -87.33, EXP_LEAST);
  store<f32>(at, 1, ONE);
  store<f32>(at, 0.5, HALF);
  store<f32>(at, -0.5, MINUS_HALF);
  store<f32>(at, 0.31819805, TAIL_SCALE);
  store<f32>(at, 1e30, TAIL_MOST);
  store<f32>(at, 2.5075087547302246, TAIL_0);
  store<f32>(at, -2.430732011795044, TAIL_1);
  store<f32>(at, 0.8855771422386169, TAIL_2);
  store<f32>(at, 0.2701389491558075, TAIL_3);
  store<f32>(at, -0.20836733281612396, TAIL_4);
  store<f32>(at, -0.015624657273292542, TAIL_5);
  store<f32>(at, -0.15675272047519684, TAIL_6);
  store<f32>(at, 0.24855974316596985, TAIL_7);
  store<f32>(at, -0.11780837923288345, TAIL_8);
  store<f32>(at, 0.01748770847916603, TAIL_9);
  store<f32>(at, 0.3989422804, DENSITY);
  store<i32>(at, 0x85ebca6b, MIX_1);
  store<i32>(at, 0xc2b2ae35, MIX_2);
  for (let i = 0; i < 8; i++) store<i32>(at + (<usize>i << 2), i * <i32>0x9e3779b1, COUNTERS);
}
