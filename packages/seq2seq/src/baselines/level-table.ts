import { levelWaves } from '@ringformer/core/base';

/** What every level adds to every position: the position's waves plus the level's. → [l 1 n d], row-major */
export function levelTable(levels: number, length: number, dim: number): Float32Array {
  const [positions, each] = [levelWaves(length, dim), levelWaves(levels, dim)];
  return Float32Array.from({ length: levels * length * dim }, (_, at) => {
    const [level, column] = [Math.floor(at / (length * dim)), at % dim];
    return (positions[at % (length * dim)] as number) + (each[level * dim + column] as number);
  });
}
