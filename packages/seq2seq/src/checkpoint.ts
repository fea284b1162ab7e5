import { type Dtype, fitTree, rawToTensors, treeToRaw, writeSafetensors } from '@ringformer/core';
import type { Seq2seqConfig } from './config.ts';
import { FORMAT } from './config-file.ts';
import { exportReference } from './names.ts';
import type { Seq2seq, Seq2seqParams } from './params.ts';
import { seq2seqSpec } from './spec.ts';
import { readWeights } from './weights.ts';

/**
 * A model from the bytes of a safetensors file with our names or the authors'. The caller owns its tensors.
 * @throws RingformerError 'bad-checkpoint' that lists what does not fit, or names the NaN.
 */
export function loadSeq2seq(config: Seq2seqConfig, bytes: Uint8Array): Seq2seq {
  const tensors = rawToTensors(readWeights(config, bytes));
  return { config, params: fitTree<Seq2seqParams>('this model', seq2seqSpec(config), tensors) };
}

/** The bytes of a safetensors file of the weights, as `dtype`, by our names or the authors'. */
export async function saveSeq2seq(
  { config, params }: Seq2seq,
  { dtype = 'F32', names = 'ours' }: { dtype?: Dtype; names?: 'ours' | 'reference' } = {},
): Promise<Uint8Array> {
  const raw = await treeToRaw(params, dtype);
  if (names === 'ours') return writeSafetensors({ tensors: raw, metadata: { format: FORMAT } });
  return writeSafetensors({ tensors: exportReference(config, raw), metadata: { format: 'pt' } });
}
