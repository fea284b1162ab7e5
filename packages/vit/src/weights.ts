import { checkLayout, checkRaw, type Raw, readSafetensors, type SpecTree } from '@ringformer/core/base';
import type { Layout } from './architecture.ts';
import type { VitConfig } from './config.ts';
import { importReference, isReference } from './names.ts';
import { ringFormer } from './ring-former.ts';

/**
 * The weights in a safetensors file with our names or the authors', by our names.
 * @throws RingformerError 'bad-config' if `config` is of another architecture; 'bad-checkpoint' that lists what does not
 * fit, or names the NaN.
 */
export function readWeights(config: VitConfig, bytes: Uint8Array, layout: Layout = ringFormer): Record<string, Raw> {
  checkLayout('vit', config, layout);
  const { tensors } = readSafetensors(bytes);
  const raw = isReference(tensors) ? importReference(config, tensors, layout) : tensors;
  const what = `a vision model '${layout.name}' of ${config.levels} levels, dim ${config.dim}`;
  checkRaw(what, layout.spec(config) as SpecTree, raw);
  return raw;
}
