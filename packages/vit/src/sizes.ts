import { RingformerError } from '@ringformer/core/base';
import { type VitConfig, vitConfig } from './config.ts';

/** A named size: S, B, L or H, and the patch's side in pixels. */
export type SizeName = 'S_16' | 'S_32' | 'B_16' | 'B_32' | 'L_16' | 'L_32' | 'H_14';

type Size = { dim: number; mlpDim: number; heads: number; levels: number; rank?: number; levelTable?: 'learnable' };

// The authors widened S and B of the ring and the Universal Transformer "to make it comparable to bigger models".
const ring: Record<string, Size> = {
  S: { dim: 728, mlpDim: 3072, heads: 8, levels: 6, rank: 45 },
  B: { dim: 1284, mlpDim: 5120, heads: 12, levels: 12, rank: 80 },
  L: { dim: 1024, mlpDim: 4096, heads: 16, levels: 24, rank: 256 },
  H: { dim: 1280, mlpDim: 5120, heads: 16, levels: 32, rank: 640 },
};
const universal: Record<string, Size> = {
  S: { dim: 848, mlpDim: 3072, heads: 8, levels: 6 },
  B: { dim: 1560, mlpDim: 6240, heads: 12, levels: 12 },
  L: { dim: 1024, mlpDim: 4096, heads: 16, levels: 24 },
  H: { dim: 1280, mlpDim: 5120, heads: 16, levels: 32 },
};
const layered: Record<string, Size> = {
  S: { dim: 512, mlpDim: 2048, heads: 8, levels: 6 },
  B: { dim: 768, mlpDim: 3072, heads: 12, levels: 12 },
  L: { dim: 1024, mlpDim: 4096, heads: 16, levels: 24 },
  H: { dim: 1280, mlpDim: 5120, heads: 16, levels: 32 },
};

/** At patch 32 the Universal Transformer has the ring's widths and a learned table. */
function sizeOf(architecture: string, letter: string, patch: number): Size | undefined {
  if (architecture === 'ring') return ring[letter];
  if (architecture !== 'universal') return layered[letter];
  if (patch !== 32) return universal[letter];
  const { rank: _, ...size } = ring[letter] as Size;
  return { ...size, levelTable: 'learnable' };
}

/** The names of all sizes. */
export const sizeNames: readonly SizeName[] = ['S_16', 'S_32', 'B_16', 'B_32', 'L_16', 'L_32', 'H_14'];

/**
 * The configuration of one of the authors' sizes: `vitSize('B_16', { classes: 100 })`.
 * @throws RingformerError 'bad-config' if there is no such size.
 */
export function vitSize(name: SizeName, given: Partial<VitConfig> = {}): VitConfig {
  const [letter = '', patch = ''] = name.split('_');
  const size = sizeNames.includes(name) ? sizeOf(given.architecture ?? 'ring', letter, Number(patch)) : undefined;
  if (!size) {
    throw new RingformerError(
      'bad-config',
      `[ringformer/vit] There is no size '${name}'; expected one of ${sizeNames.join(', ')}.`,
    );
  }
  return vitConfig({ ...size, patchSize: Number(patch), ...given });
}
