import { type FilePlace, type ReadBytes, type ReadOptions, RingformerError } from '@ringformer/core/base';
import { loadTokenizer, type Tokenizer } from '@ringformer/text/tokenizer'; // pages load the rest later
import { readConfig, type Seq2seqConfig } from './config.ts';

/** Where a translation model's three files are: paths or addresses. */
export type ModelFiles = {
  readonly config: FilePlace;
  readonly weights: FilePlace;
  readonly tokenizer: FilePlace;
};

/** The same for a model exported as ONNX graphs, for engines that run them. */
export type GraphFiles = Omit<ModelFiles, 'weights'> & {
  readonly encoder: FilePlace;
  readonly decoder: FilePlace;
};

/** What a model needs besides its weights. */
export type ModelHead = { readonly config: Seq2seqConfig; readonly tokenizer: Tokenizer };

/** The contents of those files. */
export type LoadedFiles = ModelHead & { readonly weights: Uint8Array };

/** Reads a model's files. @throws RingformerError 'bad-config' or 'bad-file' that says which file is wrong and how. */
export async function readModelFiles(
  files: ModelFiles,
  readBytes: ReadBytes,
  options: ReadOptions,
): Promise<LoadedFiles> {
  const weights = readBytes(files.weights, options);
  weights.catch(() => {}); // awaited last
  return { ...(await readModelHead(files, readBytes, options)), weights: await weights };
}

/**
 * Reads the configuration and the tokenizer. If several files are missing or wrong, the error is the configuration's: it says
 * best whose model this is.
 * @throws RingformerError as `readModelFiles` does.
 */
export async function readModelHead(
  files: Omit<ModelFiles, 'weights'>,
  readBytes: ReadBytes,
  { signal }: ReadOptions,
): Promise<ModelHead> {
  const tokenizer = readBytes(files.tokenizer, { signal });
  tokenizer.catch(() => {}); // awaited second
  const settings = readConfig(new TextDecoder().decode(await readBytes(files.config, { signal })));
  const encoding = loadTokenizer(await tokenizer);
  if (encoding.vocabSize > settings.sourceVocab) {
    throw new RingformerError(
      'bad-config',
      `[ringformer/seq2seq] The tokenizer has ${encoding.vocabSize} tokens, but the model has ${settings.sourceVocab}. They belong to different models.`,
    );
  }
  for (const key of ['padId', 'bosId', 'eosId'] as const) {
    if (encoding[key] === settings[key]) continue;
    throw new RingformerError(
      'bad-config',
      `[ringformer/seq2seq] ${key} is ${encoding[key]} in the tokenizer but ${settings[key]} in the model. They belong to different models.`,
    );
  }
  return { config: settings, tokenizer: encoding };
}
