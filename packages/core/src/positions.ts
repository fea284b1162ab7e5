/**
 * Sinusoidal positions, interleaved: column 2i is sin(p / 10000^(2i/d)), column 2i+1 the cosine of the same angle
 * (Vaswani et al., 2017, section 3.5). → count·dim values, row-major.
 */
export function sinusoidalPositions(count: number, dim: number): Float32Array {
  const table = new Float32Array(count * dim);
  for (let p = 0; p < count; p++) {
    for (let k = 0; k < dim; k++) {
      const angle = p / 10000 ** ((k - (k % 2)) / dim);
      table[p * dim + k] = k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return table;
}
