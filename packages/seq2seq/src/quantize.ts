import { type Channels, checkScale, dequantize, quantizeInt8, type Raw } from '@ringformer/core/base';

/** How a quantised file stores matrices; everything else (norms, biases, positions) is float32, or float16 for 'f16'. */
export type Storage = 'f32' | 'f16' | 'bf16' | 'int8';

/** The axis of a matrix's outputs; undefined for other weights. Level signals' `up` [l r d] has them as columns. */
export function channelsOf(name: string): Channels | undefined {
  if (/\.up$/.test(name)) return 'columns';
  if (/\.down$|\.tokens$|\b(?:query|key|value|out|fc1|fc2|head)\.weight$/.test(name)) return 'rows';
  return undefined;
}

/** A model's weights by our names, stored as `to`; each int8 matrix gets a `<name>.scale`. */
export function quantizeSeq2seq(weights: Readonly<Record<string, Raw>>, to: Storage): Record<string, Raw> {
  const entries = Object.entries(weights).flatMap(([name, raw]): [string, Raw][] => {
    const channels = channelsOf(name);
    if (to === 'f16') return [[name, { ...raw, dtype: 'F16' }]];
    if (to === 'f32' || !channels) return [[name, { ...raw, dtype: 'F32' }]];
    if (to === 'bf16') return [[name, { ...raw, dtype: 'BF16' }]];
    const { values, scale } = quantizeInt8(raw, channels);
    return [
      [name, values],
      [`${name}.scale`, scale],
    ];
  });
  return Object.fromEntries(entries);
}

/** Weights as stored in a file → the same without scales, with int8 matrices as float32. */
export function dequantizeSeq2seq(stored: Readonly<Record<string, Raw>>): Record<string, Raw> {
  return withoutScales(stored, (raw, scale, channels) => dequantize(raw, scale, channels));
}

/**
 * Like `dequantizeSeq2seq`, but without converting numbers: for checks of names, shapes and types.
 * @throws RingformerError 'bad-checkpoint' if a scale does not fit.
 */
export function asWhole(stored: Readonly<Record<string, Raw>>): Record<string, Raw> {
  return withoutScales(stored, (raw, scale, channels, name) => {
    checkScale(name, raw, scale, channels);
    return { ...raw, dtype: 'F32' };
  });
}

function withoutScales(
  stored: Readonly<Record<string, Raw>>,
  turn: (raw: Raw, scale: Raw, channels: Channels, name: string) => Raw,
): Record<string, Raw> {
  const quantised = (name: string) => stored[name]?.dtype === 'I8' && channelsOf(name) !== undefined;
  const kept = Object.entries(stored).filter(([name]) => !(name.endsWith('.scale') && quantised(name.slice(0, -6))));
  return Object.fromEntries(
    kept.map(([name, raw]) => [
      name,
      quantised(name) ? turn(raw, stored[`${name}.scale`] as Raw, channelsOf(name) as Channels, name) : raw,
    ]),
  );
}
