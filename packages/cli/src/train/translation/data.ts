import { existsSync, readFileSync } from 'node:fs';
import { RingformerError } from '@ringformer/core/base';
import { type Batch, type IdPair, loadTokenizer, type Tokenizer, trainTokenizer } from '@ringformer/text';
import { readParallel } from '@ringformer/text/node';
import { writeFileAtomic } from '../../logs/atomic.ts';
import { initFile } from '../start-from.ts';
import type { TranslationSettings } from './settings.ts';

/**
 * The tokenizer stored at `path`. If there is none, the one of the model to start from, or one trained on both sides of the
 * training text; it is then stored there.
 */
export async function tokenizerAt(
  path: string,
  settings: TranslationSettings,
  lines: () => Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal,
): Promise<Tokenizer> {
  if (!existsSync(path) && settings.init !== '') writeFileAtomic(path, initFile(settings.init, 'tokenizer.json'));
  if (!existsSync(path)) {
    const file = await trainTokenizer(lines(), { vocabSize: settings.vocab, signal });
    writeFileAtomic(path, `${JSON.stringify(file)}\n`);
  }
  return loadTokenizer(readFileSync(path));
}

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
  const pairs: IdPair[] = [];
  const texts = { source: [] as string[], target: [] as string[] };
  for await (const pair of readParallel(source, target, { signal })) {
    pairs.push({
      source: Uint16Array.from(tokenizer.encode(pair.source)),
      target: Uint16Array.from(tokenizer.encode(pair.target)),
    });
    texts.source.push(pair.source);
    texts.target.push(pair.target);
  }
  if (pairs.length === 0) throw new RingformerError('bad-file', `${source} is empty. Expected at least one sentence.`);
  return { pairs, texts };
}

/** A batch as the model expects it. */
export type SentenceBatch = Pick<Batch, 'source' | 'sourceLength' | 'target' | 'targetLength' | 'rows' | 'tokens'>;
