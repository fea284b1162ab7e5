import { fitTree, initTree, rawToTensors, treeToRaw } from '@ringformer/core';
import { type Dtype, type SpecOf, writeSafetensors } from '@ringformer/core/base';
import type { Architecture, Vit } from './architecture.ts';
import { FORMAT, type VitConfig } from './config.ts';
import { exportReference } from './names.ts';
import type { AnyParams, VitParams } from './params.ts';
import { architectureOf } from './ring-former.ts';
import { readWeights } from './weights.ts';

/** A new model from `seed`, the same on every backend. The caller owns its tensors. */
export function initVit<P extends AnyParams = VitParams>(
  config: VitConfig,
  seed: number,
  architecture?: Architecture<P>,
): Vit<P> {
  const { spec } = architectureOf({ config, architecture });
  return { config, params: initTree<P>(spec(config) as SpecOf<P>, seed), architecture };
}

/** A model from the bytes of a safetensors file. The caller owns its tensors. @throws as `readWeights` */
export function loadVit<P extends AnyParams = VitParams>(
  config: VitConfig,
  bytes: Uint8Array,
  architecture?: Architecture<P>,
): Vit<P> {
  const layout = architectureOf({ config, architecture });
  const raw = readWeights(config, bytes, layout);
  return {
    config,
    params: fitTree<P>('this model', layout.spec(config) as SpecOf<P>, rawToTensors(raw)),
    architecture,
  };
}

/** The weights as the bytes of a safetensors file, in `dtype`, with our names or the authors'. */
export async function saveVit(
  model: Vit<AnyParams>,
  { dtype = 'F32', names = 'ours' }: { dtype?: Dtype; names?: 'ours' | 'reference' } = {},
): Promise<Uint8Array> {
  const raw = await treeToRaw(model.params, dtype);
  if (names === 'ours') return writeSafetensors({ tensors: raw, metadata: { format: FORMAT } });
  const tensors = exportReference(model.config, raw, architectureOf(model));
  return writeSafetensors({ tensors, metadata: { format: 'pt' } });
}
