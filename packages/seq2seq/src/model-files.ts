import { type Backend, type ReadOptions, RingformerError } from '@ringformer/core/base';
import { loadTokenizer, type Tokenizer } from '@ringformer/text';
import type { Seq2seqConfig } from './config.ts';
import { readConfig } from './config-file.ts';

/** Where a translation model's three files are: paths or addresses. */
export type ModelFiles = {
  readonly config: string | URL;
  readonly weights: string | URL;
  readonly tokenizer: string | URL;
};

/** What they hold. */
export type LoadedFiles = {
  readonly config: Seq2seqConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: Uint8Array;
};

/** Reads a model's files. @throws RingformerError 'bad-config' or 'bad-file' that says which file is wrong and how. */
export async function readModelFiles(
  files: ModelFiles,
  backend: Pick<Backend, 'readBytes'>,
  options: ReadOptions,
): Promise<LoadedFiles> {
  const [config, tokenizer, weights] = await Promise.all([
    backend.readBytes(files.config, { signal: options.signal }),
    backend.readBytes(files.tokenizer, { signal: options.signal }),
    backend.readBytes(files.weights, options),
  ]);
  const settings = readConfig(new TextDecoder().decode(config));
  const encoding = loadTokenizer(tokenizer);
  if (encoding.vocabSize > settings.sourceVocab) {
    throw new RingformerError(
      'bad-config',
      `[ringformer] The tokenizer has ${encoding.vocabSize} tokens, the model ${settings.sourceVocab}. They belong to different models.`,
    );
  }
  for (const key of ['padId', 'bosId', 'eosId'] as const) {
    if (encoding[key] === settings[key]) continue;
    throw new RingformerError(
      'bad-config',
      `[ringformer] ${key} is ${encoding[key]} in the tokenizer, ${settings[key]} in the model. They belong to different models.`,
    );
  }
  return { config: settings, tokenizer: encoding, weights };
}
