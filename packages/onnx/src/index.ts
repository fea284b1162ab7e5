export type { FileParts } from './model-proto.ts';
export { exportSeq2seq, type Seq2seqFiles } from './seq2seq/index.ts';
export { exportVision } from './vision/index.ts';
export type { Weights } from './weights.ts';
