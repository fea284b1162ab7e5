export { ABLATIONS, type Ablation, type AblationName, type SignalName } from './ablation.ts';
export { type AnySignals, attentionSignals, type Signals } from './attention.ts';
export { type LowRank, levelSignal, type Signal, type StaticSignal, withSignal } from './low-rank.ts';
export { type SignalledAttention, type SignalledFeedForward, signalAttention, signalFeedForward } from './merge.ts';
export { lowRankSpec, type SignalInit, signalsSpec } from './spec.ts';
export {
  type Beside,
  type SignalStrength,
  signalNorms,
  signalOver,
  strengthOf,
  type TokenStrength,
} from './strength.ts';
