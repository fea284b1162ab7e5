import { RingformerError } from '@ringformer/core/base';
import { checkConfig, type Seq2seqConfig } from './config.ts';

/** What our config.json files call themselves. */
export const FORMAT = 'ringformer-seq2seq/1';

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
  const { format: _, ...stored } = parsed as { format: string } & Seq2seqConfig;
  const config = { ...stored, architecture: stored.architecture ?? 'ring' }; // early files name none
  checkConfig(config);
  return config;
}
