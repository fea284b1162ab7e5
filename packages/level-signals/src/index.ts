export { attentionSignals, type Signals, signalsSpec } from './attention.ts';
export { type LowRank, levelSignal, lowRankSpec, type SignalInit } from './low-rank.ts';
