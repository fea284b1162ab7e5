import { flattenSpec, product, type Spec, type SpecTree } from '@ringformer/core/base';
import { type Ablation, signalNamesOf } from '@ringformer/level-signals/spec';

/** How many numbers a model learns, by what they are for. */
export type ParameterCount = {
  readonly total: number;
  /** Token or patch embeddings, the class token and learned positions. */
  readonly embedding: number;
  /** Attention and feed-forward networks, all levels or the shared block. */
  readonly blocks: number;
  readonly signals: number;
  readonly norms: number;
  /** The output layer, unless it shares the embedding's table. */
  readonly output: number;
};

/** Counts the parameters of a specification: `vitSpec(config)`, `seq2seqSpec(config)` or an architecture's `spec(config)`. */
export function countParameters(spec: SpecTree | Spec): ParameterCount {
  const groups = { embedding: 0, blocks: 0, signals: 0, norms: 0, output: 0 };
  for (const [name, { shape }] of flattenSpec(spec as SpecTree)) {
    groups[groupOf(name)] += product(shape);
  }
  return { total: Object.values(groups).reduce((sum, n) => sum + n, 0), ...groups };
}

function groupOf(name: string): Exclude<keyof ParameterCount, 'total'> {
  if (/(^|\.)signals\./.test(name)) return 'signals';
  if (/(^|\.)(norm|\w+Norm)\./.test(name)) return 'norms';
  if (/^head\./.test(name)) return 'output';
  if (/(^|\.)(attn|self|cross|ffn)\./.test(name)) return 'blocks';
  return 'embedding';
}

/** How many signals a level computes from its input, as products: none if they are static. */
export function signalsRead(config: Ablation): { readonly attention: number; readonly ffn: number } {
  const names = config.signalKind === 'static' ? [] : signalNamesOf(config);
  const ffn = names.includes('ffn') ? 1 : 0;
  return { attention: names.length - ffn, ffn };
}
