import {
  type Dtype,
  fitTree,
  RingformerError,
  rawToTensors,
  readSafetensors,
  treeToRaw,
  writeSafetensors,
} from '@ringformer/core';
import { checkConfig, type Seq2seqConfig } from './config.ts';
import { exportReference, importReference, isReference } from './names.ts';
import { type Seq2seq, type Seq2seqParams, seq2seqSpec } from './params.ts';

/** What our config.json files call themselves. */
const FORMAT = 'ringformer-seq2seq/1';

/**
 * A model from the bytes of a safetensors file with our names or the authors'. The caller owns its tensors.
 * @throws RingformerError 'bad-checkpoint' that lists what does not fit, or names the NaN.
 */
export function loadSeq2seq(config: Seq2seqConfig, bytes: Uint8Array): Seq2seq {
  const { tensors } = readSafetensors(bytes);
  const raw = isReference(tensors) ? importReference(config, tensors) : tensors;
  const flat = rawToTensors(raw);
  try {
    return {
      config,
      params: fitTree<Seq2seqParams>(
        `a RingFormer of ${config.encoderLevels}+${config.decoderLevels} levels, dim ${config.dim}`,
        seq2seqSpec(config),
        flat,
      ),
    };
  } catch (error) {
    for (const tensor of Object.values(flat)) tensor.dispose();
    throw error;
  }
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

/** The text of a config.json. */
export function writeConfig(config: Seq2seqConfig): string {
  return `${JSON.stringify({ format: FORMAT, ...config }, null, 2)}\n`;
}

/** A configuration from the text of a config.json. @throws RingformerError 'bad-config' */
export function readConfig(text: string): Seq2seqConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new RingformerError(
      'bad-config',
      `[ringformer/seq2seq] config.json is not JSON: ${(cause as Error).message}.`,
      { cause },
    );
  }
  if (typeof parsed !== 'object' || parsed === null || (parsed as { format?: unknown }).format !== FORMAT) {
    const format = (parsed as { format?: unknown } | null)?.format;
    throw new RingformerError(
      'bad-config',
      `[ringformer/seq2seq] config.json has format ${JSON.stringify(format)}: '${FORMAT}' is wanted. Is this a RingFormer translation model?`,
    );
  }
  const { format: _, ...config } = parsed as { format: string } & Seq2seqConfig;
  checkConfig(config);
  return config;
}
