import { checkRaw, type Raw, readSafetensors } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import { importReference, isReference } from './names.ts';
import { asWhole, dequantizeSeq2seq } from './quantize.ts';
import { seq2seqSpec } from './spec.ts';

/**
 * The weights in a safetensors file with our names or the authors', by our names, as the file holds them: int8 matrices
 * have `<name>.scale` beside them.
 * @throws RingformerError 'bad-checkpoint' that lists what does not fit, or names the NaN.
 */
export function readStored(config: Seq2seqConfig, bytes: Uint8Array): Record<string, Raw> {
  const { tensors } = readSafetensors(bytes);
  const stored = isReference(tensors) ? importReference(config, tensors) : tensors;
  const { encoderLevels, decoderLevels, dim } = config;
  checkRaw(
    `a RingFormer of ${encoderLevels}+${decoderLevels} levels, dim ${dim}`,
    seq2seqSpec(config),
    asWhole(stored),
  );
  return stored;
}

/** The same, all as floats. @throws RingformerError 'bad-checkpoint' that lists what does not fit, or names the NaN. */
export function readWeights(config: Seq2seqConfig, bytes: Uint8Array): Record<string, Raw> {
  return dequantizeSeq2seq(readStored(config, bytes));
}
