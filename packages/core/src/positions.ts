/**
 * Sinusoidal positions from `start`, interleaved: column 2i is sin(p / 10000^(2i/d)), column 2i+1 the cosine of the same
 * angle (Vaswani et al., 2017, section 3.5). → count·dim values, row-major.
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

/**
 * The rows that the authors' Universal Transformer adds up: for rows p = start + 1, …, start + count, column k (counted from
 * 1) is sin(p / 10000^(2k/d)) if k is even, and the cosine if it is odd. This is not the sinusoid of the paper (Dehghani et
 * al., 2019, eq. 4-5): k counts columns, not pairs of columns, so wavelengths reach 10000² and the high columns are almost
 * constant. → count·dim values, row-major.
 */
export function levelWaves(count: number, dim: number, start = 0): Float32Array {
  const rows = new Float32Array(count * dim);
  for (let i = 0; i < count; i++) {
    for (let k = 1; k <= dim; k++) {
      const angle = (start + i + 1) / 10000 ** ((2 * k) / dim);
      rows[i * dim + k - 1] = k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return rows;
}
