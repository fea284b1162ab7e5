import { putFloats, type Weight } from './matrix.ts';
import { type Packing, putLinear } from './stack.ts';

/**
 * An int8 copy of the output layer, used to find the likeliest token. It reads a quarter of the bytes, and only columns
 * whose upper bounds reach the best lower bound are computed in float32. The choice is the same, bit for bit.
 */
export type Screen = {
  readonly screen: number;
  /** How far each column of the int8 product may be from the float32 product, for an input of length 1. */
  readonly radii: number;
  /** What rounding the bias adds to that, for any input. */
  readonly slack: number;
};

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;
/** Inputs are quantised to at least this many steps on each side of zero: see `prepare` in assembly/engine/linear.ts. */
const steps = (k: number) => Math.min(8191, Math.floor(16909320 / k));

/** Writes the copy into memory. `head` is [v d] float32; `bias` is by padded column. */
export function putScreen(
  packing: Packing,
  head: Weight,
  { out, inner, bias }: { out: number; inner: number; bias: { values: Float32Array; padding: number } },
): Screen {
  const width = Math.ceil(inner / 16) * 16;
  const radii = new Float32Array(Math.ceil(out / 16) * 16);
  // |x·w − x̂·ŵ| ≤ ‖x‖·‖w − ŵ‖ + ‖x − x̂‖·‖ŵ‖, ‖x − x̂‖ ≤ √k·max|x| / 2 steps; sums of k products round k times at most
  const rounding = Math.sqrt(width) / (2 * steps(width)) + (width + 16) * ROUNDOFF;
  for (let row = 0; row < out; row++) {
    const { error, length } = quantisation(head.data, row * inner, inner);
    radii[row] = 1.001 * (error + rounding * (length + error));
  }
  const largest = bias.values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return {
    screen: putLinear({ ...packing, precision: 'int8' }, [head], { out, inner, bias }),
    radii: putFloats(packing.arena, radii),
    slack: 16 * ROUNDOFF * largest,
  };
}

/** ‖w − ŵ‖ and ‖w‖ of one row, ŵ its int8 form as `packMatrix` makes it. */
function quantisation(data: Weight['data'], from: number, count: number): { error: number; length: number } {
  let largest = 0;
  for (let p = from; p < from + count; p++) largest = Math.max(largest, Math.abs(data[p]!));
  const unit = largest / 127;
  const factor = unit > 0 ? 1 / unit : 0;
  let error = 0;
  let length = 0;
  for (let p = from; p < from + count; p++) {
    const w = data[p]!;
    error += (w - Math.round(w * factor) * unit) ** 2;
    length += w * w;
  }
  return { error: Math.sqrt(error), length: Math.sqrt(length) };
}
