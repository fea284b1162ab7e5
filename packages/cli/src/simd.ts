/**
 * Instructions that show what this JavaScript engine supports: each is the body of a function that takes nothing and returns
 * a v128.
 */
const ZERO = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]; // v128.const 0

/** f32x4.add, of fixed-width SIMD. */
export const SIMD = [...ZERO, ...ZERO, 0xfd, 0xe4, 0x01];
/** f32x4.relaxed_madd: one fused multiply-add if the processor has it. */
export const RELAXED_SIMD = [...ZERO, ...ZERO, ...ZERO, 0xfd, 0x85, 0x02];

/** Whether this engine compiles a module with these instructions. */
export function supports(instructions: readonly number[]): boolean {
  const body = [0, ...instructions, 0x0b]; // no locals, …, end
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b]; // () → v128
  const functions = [3, 2, 1, 0];
  const code = [10, body.length + 2, 1, body.length, ...body];
  return WebAssembly.validate(new Uint8Array([...header, ...types, ...functions, ...code]));
}
