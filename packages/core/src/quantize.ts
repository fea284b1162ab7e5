import { RingformerError } from './errors.ts';
import { roundEven } from './half.ts';
import { product } from './product.ts';
import type { Raw } from './safetensors.ts';
import { checkFinite } from './spec.ts';

/**
 * What shares a scale: 'rows' [… out in] has one for each row and reduces the last axis; 'columns' [… in out] has one for
 * each column and reduces the axis before it.
 */
export type Channels = 'rows' | 'columns';

/**
 * Symmetric int8 by channel: the largest magnitude of a channel becomes 127, ties go to the even number, and a channel of
 * zeros has scale 0. weight [… m n] → values I8 of that shape, scale F32 [… m] (rows) or [… n] (columns).
 */
export function quantizeInt8({ data, shape }: Raw, channels: Channels): { values: Raw; scale: Raw } {
  const { size, outer, place } = layout(shape, channels);
  const scale = new Float32Array(size);
  data.forEach((x, i) => (scale[place(i)] = Math.max(scale[place(i)]!, Math.abs(x) / 127)));
  const values = Int8Array.from(data, (x, i) => {
    const unit = scale[place(i)]!;
    // the smallest units are rounded so much that more than 127 of them would fit
    return unit === 0 ? 0 : Math.max(-127, Math.min(127, roundEven(x / unit)));
  });
  return { values: { dtype: 'I8', shape, data: values }, scale: { dtype: 'F32', shape: outer, data: scale } };
}

/** @throws RingformerError 'bad-checkpoint' if an int8 weight's scale is missing, misshapen or not finite. */
export function checkScale(name: string, { shape }: Raw, scale: Raw | undefined, channels: Channels): void {
  const { outer } = layout(shape, channels);
  if (scale && scale.data instanceof Float32Array && String(scale.shape) === String(outer)) {
    checkFinite({ [`${name}.scale`]: scale });
    return;
  }
  const there = scale ? `${scale.dtype} [${scale.shape}]` : 'none';
  throw new RingformerError(
    'bad-checkpoint',
    `[ringformer/core] ${name} is quantised: expected ${name}.scale [${outer}], got ${there}. Quantise the model again.`,
  );
}

/** The inverse of `quantizeInt8`, as far as rounding allows. */
export function dequantize({ data, shape }: Raw, scale: Raw, channels: Channels): Raw {
  const { place } = layout(shape, channels);
  const whole = new Float32Array(data.length);
  for (let i = 0; i < whole.length; i++) whole[i] = data[i]! * scale.data[place(i)]!;
  return { dtype: 'F32', shape, data: whole };
}

/** How many scales there are, their shape, and which one belongs to element i. */
function layout(shape: readonly number[], channels: Channels) {
  const n = shape.at(-1) ?? 1;
  const m = shape.at(-2) ?? 1;
  const outer = channels === 'rows' ? shape.slice(0, -1) : [...shape.slice(0, -2), n];
  const size = product(outer);
  const place =
    channels === 'rows' ? (i: number) => Math.floor(i / n) : (i: number) => Math.floor(i / (m * n)) * n + (i % n);
  return { size, outer, place };
}
