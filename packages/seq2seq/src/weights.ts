import { checkLayout, checkRaw, type Raw, readSafetensors, type SpecTree } from '@ringformer/core/base';
import type { Layout } from './architecture.ts';
import type { Seq2seqConfig } from './config.ts';
import { importReference, isReference } from './names.ts';
import { asWhole, dequantizeSeq2seq } from './quantize.ts';
import { ringFormer } from './ring-former.ts';

/**
 * The weights in a safetensors file with our names or the authors', by our names, as stored: each int8 matrix has a
 * `<name>.scale`.
 * @throws RingformerError 'bad-config' if `config` is for another architecture; 'bad-checkpoint' that lists what does not
 * fit, or names the NaN.
 */
export function readStored(config: Seq2seqConfig, bytes: Uint8Array, layout: Layout = ringFormer): Record<string, Raw> {
  checkLayout('seq2seq', config, layout);
  const { tensors } = readSafetensors(bytes);
  const stored = isReference(tensors) ? importReference(config, tensors, layout) : tensors;
  const { encoderLevels, decoderLevels, dim } = config;
  const what = `a model '${layout.name}' of ${encoderLevels}+${decoderLevels} levels, dim ${dim}`;
  checkRaw(what, layout.spec(config) as SpecTree, asWhole(stored));
  return stored;
}

/** The same, all as floats. @throws RingformerError as `readStored` does. */
export function readWeights(config: Seq2seqConfig, bytes: Uint8Array, layout?: Layout): Record<string, Raw> {
  return dequantizeSeq2seq(readStored(config, bytes, layout));
}
