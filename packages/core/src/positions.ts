/**
 * Sinusoidal positions from `start` on, interleaved: column 2i is sin(p / 10000^(2i/d)), column 2i+1 the cosine of the
 * same angle (Vaswani et al., 2017, section 3.5). → count·dim values, row-major.
 */
export function sinusoidalPositions(count: number, dim: number, start = 0): Float32Array {
  const table = new Float32Array(count * dim);
  for (let k = 0; k < dim; k++) {
    const wavelength = 10000 ** ((k - (k % 2)) / dim);
    for (let i = 0; i < count; i++) {
      const angle = (start + i) / wavelength;
      table[i * dim + k] = k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return table;
}
