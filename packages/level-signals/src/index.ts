export { attentionSignals, type Signals } from './attention.ts';
export { type LowRank, levelSignal, withSignal } from './low-rank.ts';
export { lowRankSpec, type SignalInit, signalsSpec } from './spec.ts';
export { type Beside, type SignalStrength, signalNorms, strengthOf, type TokenStrength } from './strength.ts';
