export type { FileParts } from './model-proto.ts';
export type { Seq2seqExportConfig } from './seq2seq/config.ts';
export { exportSeq2seq, type Seq2seqFiles } from './seq2seq/index.ts';
export { exportVision, type VisionExportConfig } from './vision/index.ts';
export type { Weights } from './weights.ts';
