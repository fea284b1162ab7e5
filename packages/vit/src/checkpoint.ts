import { fitTree, initTree, rawToTensors, treeToRaw } from '@ringformer/core';
import {
  checkRaw,
  type Dtype,
  type Raw,
  readSafetensors,
  type SpecTree,
  writeSafetensors,
} from '@ringformer/core/base';
import { type Architecture, checkLayout, type Layout, type Vit } from './architecture.ts';
import { FORMAT, type VitConfig } from './config.ts';
import { exportReference, importReference, isReference } from './names.ts';
import type { AnyParams, VitParams } from './params.ts';
import { architectureOf } from './ring.ts';
import { ringLayout } from './ring-layout.ts';

/** A new model from `seed`, the same on every backend. The caller owns its tensors. */
export function initVit<P extends AnyParams = VitParams>(
  config: VitConfig,
  seed: number,
  architecture?: Architecture<P>,
): Vit<P> {
  const { spec } = architectureOf({ config, architecture });
  return { config, params: initTree<P>(spec(config), seed), ...(architecture ? { architecture } : {}) };
}

/**
 * The weights in a safetensors file with our names or the authors', by our names.
 * @throws RingformerError 'bad-config' where `config` is of another architecture; 'bad-checkpoint' that lists what does
 * not fit, or names the NaN.
 */
export function readWeights(config: VitConfig, bytes: Uint8Array, layout: Layout = ringLayout): Record<string, Raw> {
  checkLayout(config, layout);
  const { tensors } = readSafetensors(bytes);
  const raw = isReference(tensors) ? importReference(config, tensors, layout) : tensors;
  const what = `a vision model '${layout.name}' of ${config.levels} levels, dim ${config.dim}`;
  checkRaw(what, layout.spec(config) as SpecTree, raw);
  return raw;
}

/** A model from the bytes of a safetensors file. The caller owns its tensors. @throws as `readWeights` */
export function loadVit<P extends AnyParams = VitParams>(
  config: VitConfig,
  bytes: Uint8Array,
  architecture?: Architecture<P>,
): Vit<P> {
  const layout = architectureOf({ config, architecture });
  const params = fitTree<P>('this model', layout.spec(config), rawToTensors(readWeights(config, bytes, layout)));
  return { config, params, ...(architecture ? { architecture } : {}) };
}

/** The bytes of a safetensors file of the weights, as `dtype`, by our names or the authors'. */
export async function saveVit(
  model: Vit<AnyParams>,
  { dtype = 'F32', names = 'ours' }: { dtype?: Dtype; names?: 'ours' | 'reference' } = {},
): Promise<Uint8Array> {
  const raw = await treeToRaw(model.params, dtype);
  if (names === 'ours') return writeSafetensors({ tensors: raw, metadata: { format: FORMAT } });
  const tensors = exportReference(model.config, raw, architectureOf(model));
  return writeSafetensors({ tensors, metadata: { format: 'pt' } });
}
