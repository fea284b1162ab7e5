import { ABLATIONS, type Ablation } from '@ringformer/level-signals/spec';

/** Every ablation that has a name, and some that do not. */
export const ABLATED: readonly (readonly [label: string, ablation: Ablation])[] = [
  ...Object.entries(ABLATIONS),
  ['queries only', { signals: ['query'] }],
  ['keys and network', { signals: ['key', 'ffn'] }],
  ['static values and network', { signals: ['value', 'ffn'], signalKind: 'static' }],
  ['static network', { signals: ['ffn'], signalKind: 'static' }],
  ['nothing of their own', { signals: [], norms: 'shared' }],
  ['static, shared norms', { signalKind: 'static', norms: 'shared' }],
];
