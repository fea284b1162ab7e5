/**
 * Rows p = start + 1, …, start + count: column k, counted from 1, is sin(p / 10000^(2k/d)) where k is even, the cosine
 * where it is odd. It is not the sinusoid of the paper (Dehghani et al., 2019, eq. 4-5): k counts columns, not pairs of
 * them, so that wavelengths reach 10000² and the high columns are all but constant. → count·dim values, row-major
 */
export function waves(count: number, dim: number, start = 0): Float32Array {
  const rows = new Float32Array(count * dim);
  for (let i = 0; i < count; i++) {
    for (let k = 1; k <= dim; k++) {
      const angle = (start + i + 1) / 10000 ** ((2 * k) / dim);
      rows[i * dim + k - 1] = k % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return rows;
}

/** What every level adds to every position: the position's waves plus the level's. → [l 1 n d], row-major */
export function levelTable(levels: number, length: number, dim: number): Float32Array {
  const [positions, each] = [waves(length, dim), waves(levels, dim)];
  return Float32Array.from({ length: levels * length * dim }, (_, at) => {
    const [level, column] = [Math.floor(at / (length * dim)), at % dim];
    return (positions[at % (length * dim)] as number) + (each[level * dim + column] as number);
  });
}
