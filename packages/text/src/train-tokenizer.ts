import { isRecord, kindOf, RingformerError, saidOf } from '@ringformer/core/base';
import { CHAR_BYTES } from './byte-alphabet.ts';
import { learnMerges } from './learn-merges.ts';
import { type Normalize, readNormalizer, standardNormalizer } from './normalizer.ts';
import { compilePattern, eachPiece, PIECE_PATTERN } from './pieces.ts';
import { makeTokenizerFile, type NormalizerName, SPECIAL_TOKENS, type TokenizerFile } from './tokenizer-file.ts';

/** How far training is: texts read so far (their total is unknown), then tokens in the vocabulary. */
export type TrainProgress =
  | { phase: 'reading'; texts: number }
  | { phase: 'merging'; tokens: number; vocabSize: number };

export type TrainTokenizerOptions = {
  /**
   * Total number of tokens: special tokens, 256 bytes and merges. There are fewer if the text runs out of pairs to merge.
   */
  readonly vocabSize: number;
  /** In the order pad, bos, eos, unk, then any others; their ids count from 0. */
  readonly specialTokens?: readonly string[];
  /** A pair that occurs less often is not merged. 2 by default. */
  readonly minFrequency?: number;
  /** 'standard' by default. The text that it learns from is normalised in the same way. */
  readonly normalizer?: NormalizerName;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
};

const BYTES = 256;
const PAUSE_MS = 50; // how long timers, input and the signal may have to wait

/**
 * Learns a byte-level BPE from texts (lines or documents, in any number of languages) and describes it as a Hugging Face
 * `tokenizer.json`. The same texts give the same file, whatever their order.
 * @throws RingformerError 'bad-argument' for unusable options; the signal's reason once it is aborted.
 */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TrainTokenizerOptions,
): Promise<TokenizerFile> {
  if (typeof texts === 'string' || !(Symbol.iterator in Object(texts) || Symbol.asyncIterator in Object(texts))) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/text] Expected texts, such as an array of lines, got ${kindOf(texts)}.`,
    );
  }
  if (!isRecord(options)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/text] Expected options such as { vocabSize: 8000 }, got ${kindOf(options)}.`,
    );
  }
  const {
    vocabSize,
    specialTokens = SPECIAL_TOKENS,
    minFrequency = 2,
    normalizer = 'standard',
    signal,
    onProgress,
  } = options;
  checkOptions(vocabSize, specialTokens, minFrequency);
  if (normalizer !== 'standard' && normalizer !== 'none') {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/text] normalizer is ${saidOf(normalizer)}; expected 'standard' or 'none'.`,
    );
  }
  const { normalize } = readNormalizer(
    normalizer === 'none' ? null : { type: 'Sequence', normalizers: standardNormalizer() },
  );
  const pause = pauser(signal);
  const pieces = await countPieces(texts, normalize, pause, onProgress);
  const merges: [string, string][] = [];
  let tokens = specialTokens.length + BYTES;
  for (const merge of learnMerges(pieces, specialTokens, vocabSize, minFrequency)) {
    merges.push(merge.pair);
    tokens = merge.size;
    if (merges.length % 64 !== 0) continue;
    onProgress?.({ phase: 'merging', tokens, vocabSize });
    await pause();
  }
  onProgress?.({ phase: 'merging', tokens, vocabSize });
  return makeTokenizerFile(specialTokens, merges, normalizer);
}

async function countPieces(
  texts: Iterable<string> | AsyncIterable<string>,
  normalize: Normalize,
  pause: () => Promise<void>,
  onProgress: TrainTokenizerOptions['onProgress'],
): Promise<Map<string, number>> {
  const pieces = new Map<string, number>();
  const pattern = compilePattern(PIECE_PATTERN);
  const add = (piece: string) => {
    pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  };
  let read = 0;
  const take = (text: string) => {
    if (typeof text !== 'string') {
      throw new RingformerError('bad-argument', `[ringformer/text] Text ${read} is a ${typeof text}, not a string.`);
    }
    const normal = normalize(text);
    if (normal.length > 0) eachPiece(pattern, ` ${normal}`, add);
    read++;
  };
  const rest = async () => {
    onProgress?.({ phase: 'reading', texts: read });
    await pause();
  };
  if (Symbol.asyncIterator in texts) {
    for await (const text of texts) {
      take(text);
      if (read % 1024 === 0) await rest();
    }
  } else {
    for (const text of texts) {
      take(text);
      if (read % 1024 === 0) await rest();
    }
  }
  await rest();
  return pieces;
}

function checkOptions(vocabSize: number, specials: readonly string[], minFrequency: number): void {
  const refuse = (message: string): never => {
    throw new RingformerError('bad-argument', `[ringformer/text] ${message}`);
  };
  if (specials.length < 3 || new Set(specials).size !== specials.length) {
    refuse(`specialTokens must be at least three different tokens (pad, bos, eos); got ${JSON.stringify(specials)}.`);
  }
  const single = specials.find((token) => token === '' || CHAR_BYTES.has(token));
  if (single !== undefined)
    refuse(`Special token ${JSON.stringify(single)} is too short: one character already names a byte.`);
  const least = specials.length + BYTES;
  if (!Number.isSafeInteger(vocabSize) || vocabSize < least || vocabSize > 2 ** 24) {
    refuse(`vocabSize must be an integer from ${least} (specials and bytes) to ${2 ** 24}; got ${vocabSize}.`);
  }
  if (!(minFrequency >= 1)) refuse(`minFrequency must be 1 or more; got ${minFrequency}.`);
}

function pauser(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < PAUSE_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
    signal?.throwIfAborted();
  };
}
