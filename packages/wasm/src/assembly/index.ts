export { attention, attentionGrad } from './attention';
export { TABLE_BYTES, useConstants } from './constants';
export { dotRowsProduct, rankProduct } from './direct';
export { gemmScratch, matMul } from './gemm';
export { crossEntropy, crossEntropyGrad } from './loss';
export { layerNorm, layerNormGrad } from './norm';
export { adam, copyBlocks, dropout, gatherRows, gelu, geluGrad, segmentSum } from './pointwise';
