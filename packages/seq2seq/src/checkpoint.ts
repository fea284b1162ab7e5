import {
  type Dtype,
  fitTree,
  initTree,
  rawToTensors,
  type SpecOf,
  treeToRaw,
  writeSafetensors,
} from '@ringformer/core';
import type { Architecture, Seq2seq } from './architecture.ts';
import { FORMAT, type Seq2seqConfig } from './config.ts';
import { exportReference } from './names.ts';
import type { AnyParams, Seq2seqParams } from './params.ts';
import { architectureOf } from './ring-former.ts';
import { readWeights } from './weights.ts';

/** A new model from `seed`, the same on every backend. The caller owns its tensors. */
export function initSeq2seq<P extends AnyParams = Seq2seqParams>(
  config: Seq2seqConfig,
  seed: number,
  architecture?: Architecture<P>,
): Seq2seq<P> {
  const { spec } = architectureOf({ config, architecture });
  return { config, params: initTree<P>(spec(config) as SpecOf<P>, seed), architecture };
}

/**
 * A model from the bytes of a safetensors file with our names or the authors'. The caller owns its tensors.
 * @throws RingformerError 'bad-config' if `config` is for another architecture; 'bad-checkpoint' that lists what does not
 * fit, or names the NaN.
 */
export function loadSeq2seq<P extends AnyParams = Seq2seqParams>(
  config: Seq2seqConfig,
  bytes: Uint8Array,
  architecture?: Architecture<P>,
): Seq2seq<P> {
  const layout = architectureOf({ config, architecture });
  const tensors = rawToTensors(readWeights(config, bytes, layout));
  return { config, params: fitTree<P>('this model', layout.spec(config) as SpecOf<P>, tensors), architecture };
}

/** The weights as the bytes of a safetensors file, in `dtype`, with our names or the authors'. */
export async function saveSeq2seq(
  model: Seq2seq<AnyParams>,
  { dtype = 'F32', names = 'ours' }: { dtype?: Dtype; names?: 'ours' | 'reference' } = {},
): Promise<Uint8Array> {
  const raw = await treeToRaw(model.params, dtype);
  if (names === 'ours') return writeSafetensors({ tensors: raw, metadata: { format: FORMAT } });
  const tensors = exportReference(model.config, raw, architectureOf(model));
  return writeSafetensors({ tensors, metadata: { format: 'pt' } });
}
