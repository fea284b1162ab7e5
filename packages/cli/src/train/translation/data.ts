import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRingformerError, RingformerError, reasonOf, whyNot } from '@ringformer/core/base';
import { type Batch, type IdPair, loadTokenizer, type Tokenizer, trainTokenizer } from '@ringformer/text';
import { readParallel } from '@ringformer/text/node';
import { initFile } from '../start-from.ts';
import type { TranslationSettings } from './settings.ts';

/**
 * The file of the tokenizer in a run's model folder, if the run is resumed; otherwise that of the model to start from, or one
 * trained on both sides of the training text.
 */
export async function tokenizerOf(
  folder: string | undefined,
  settings: TranslationSettings,
  lines: () => Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (folder !== undefined) return ownTokenizer(join(folder, 'tokenizer.json'));
  if (settings.init !== '') return initFile(settings.init, 'tokenizer.json');
  const file = await trainTokenizer(lines(), { vocabSize: settings.vocab, signal });
  return Buffer.from(`${JSON.stringify(file)}\n`);
}

function ownTokenizer(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    loadTokenizer(bytes);
    return bytes;
  } catch (cause) {
    const why = isRingformerError(cause) ? reasonOf(cause).replace(/\.$/, '') : whyNot(cause);
    throw new RingformerError(
      'bad-file',
      `${path} cannot be read: ${why}. A run cannot resume without its tokenizer: restore it, or choose another --output.`,
      { cause },
    );
  }
}

/** Ids as compactly as the vocabulary allows. */
export const packIds = (tokenizer: Pick<Tokenizer, 'vocabSize'>): ((ids: readonly number[]) => ArrayLike<number>) =>
  tokenizer.vocabSize > 65_536 ? (ids) => Uint32Array.from(ids) : (ids) => Uint16Array.from(ids);

export type Corpus = {
  readonly pairs: IdPair[];
  readonly texts: { readonly source: string[]; readonly target: string[] };
};

/** Both files as ids and as text. */
export async function readCorpus(
  source: string,
  target: string,
  tokenizer: Tokenizer,
  signal: AbortSignal,
): Promise<Corpus> {
  const pack = packIds(tokenizer);
  const pairs: IdPair[] = [];
  const texts = { source: [] as string[], target: [] as string[] };
  for await (const pair of readParallel(source, target, { signal })) {
    pairs.push({
      source: pack(tokenizer.encode(pair.source)),
      target: pack(tokenizer.encode(pair.target)),
    });
    texts.source.push(pair.source);
    texts.target.push(pair.target);
  }
  if (pairs.length === 0) throw new RingformerError('bad-file', `${source} is empty. Expected at least one sentence.`);
  return { pairs, texts };
}

const FRAME = 2; // bos and eos

/** Tokens that a pair needs: those of its longer side. */
export const lengthOf = ({ source, target }: IdPair): number => Math.max(source.length, target.length) + FRAME;

/** Cuts both sides of a pair at so many tokens, bos and eos counted: the authors read no further. */
export const cutting = (maxLength: number) => {
  const cut = (ids: ArrayLike<number>) => Array.prototype.slice.call(ids, 0, maxLength - FRAME) as number[];
  const side = (ids: ArrayLike<number>) => (ids.length > maxLength - FRAME ? cut(ids) : ids);
  return ({ source, target }: IdPair): IdPair => ({ source: side(source), target: side(target) });
};

/** The pairs of the evaluation text that the model can read. @throws RingformerError 'bad-file' if there are none */
export function fitting({ pairs, texts }: Corpus, maxLength: number): Corpus {
  const kept = pairs.flatMap((pair, i) => (lengthOf(pair) <= maxLength ? [i] : []));
  if (kept.length === 0) throw noneFits('evaluation', pairs, maxLength);
  const at = <T>(all: readonly T[]) => kept.map((i) => all[i] as T);
  return { pairs: at(pairs), texts: { source: at(texts.source), target: at(texts.target) } };
}

/** The error if a run has no pair to work with. */
export function noneFits(what: string, pairs: readonly IdPair[], maxLength: number): RingformerError {
  const shortest = pairs.reduce((least, pair) => Math.min(least, lengthOf(pair)), Number.POSITIVE_INFINITY);
  const one = pairs.length === 1;
  return new RingformerError(
    'bad-file',
    `${one ? 'The only pair' : `All ${pairs.length} pairs`} of the ${what} text ${one ? 'is' : 'are'} too long: the shortest needs ${shortest} tokens, and --max-length is ${maxLength}. Raise it, or split the sentences.`,
  );
}

/** A batch as the model expects it. */
export type SentenceBatch = Pick<Batch, 'source' | 'sourceLength' | 'target' | 'targetLength' | 'rows' | 'tokens'>;
