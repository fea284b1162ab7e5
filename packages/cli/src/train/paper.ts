import type { CommonSettings } from './settings.ts';

/**
 * What the authors' two recipes have in common: Adam with its usual constants, a cosine after the warm-up (rate 0 at the first
 * update), gradients clipped at norm 1, nothing smoothed, their initialisation of the signals, an evaluation after each epoch.
 */
export const PAPER = {
  signalInit: 'reference',
  schedule: 'cosine',
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
  dropout: 0.1,
  smoothing: 0,
  evaluateEpochs: 1,
  average: 1,
  precision: 'f32',
} as const satisfies Partial<CommonSettings>;
