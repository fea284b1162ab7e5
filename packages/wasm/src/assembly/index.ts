export { dotRowsProduct, rankProduct } from './direct';
export { gemmPacked, gemmScratch, matMul } from './gemm';
