import { architectureOf, type Vit, type VitConfig, type VitParams, vitConfig } from '@ringformer/vit';
import { randomTree } from '../translation/tiny.ts';

/** A tiny ring with random parameters, so that no zero or one hides a mistake. The caller owns it. */
export function tinyVit(given: Partial<VitConfig> = {}, seed = 1): Vit {
  const config = vitConfig({
    dim: 18,
    heads: 3,
    mlpDim: 20,
    levels: 3,
    rank: 3,
    ffnRank: 2,
    imageSize: 8,
    patchSize: 4,
    channels: 2,
    classes: 5,
    ...given,
  });
  return { config, params: randomTree<VitParams>(architectureOf({ config }).spec(config) as never, seed) };
}
