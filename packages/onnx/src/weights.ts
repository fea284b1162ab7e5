import { type Place, product, type Raw, RingformerError } from '@ringformer/core/base';

/** A model's weights by our names. */
export type Weights = Readonly<Record<string, Raw>>;
export type Leaf = { readonly shape: readonly number[]; readonly data: Float32Array };

/** What a leaf is called in the graph. */
export const nameOf = ({ path, level }: Place): string => (level === undefined ? path : `${path}.${level}`);

/**
 * A leaf's numbers, not copied.
 * @throws RingformerError 'bad-checkpoint' if they are missing or not floats.
 */
export function leafAt(weights: Weights, { path, level }: Place): Leaf {
  const raw = weights[path];
  if (!(raw?.data instanceof Float32Array)) {
    const what = raw ? `holds ${raw.dtype}` : 'is missing';
    throw new RingformerError(
      'bad-checkpoint',
      `[ringformer/onnx] The weight ${path} ${what}; expected floats. readWeights returns all weights of a model as floats.`,
    );
  }
  if (level === undefined) return { shape: raw.shape, data: raw.data };
  const shape = raw.shape.slice(1);
  const size = product(shape);
  return { shape, data: raw.data.subarray(level * size, (level + 1) * size) };
}

/** [m n] → [n m] */
export function transposed({ shape: [m = 0, n = 0], data }: Leaf): Leaf {
  const turned = new Float32Array(data.length);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) turned[j * m + i] = data[i * n + j]!;
  return { shape: [n, m], data: turned };
}
