import { checkWhole, kindOf, RingformerError } from '@ringformer/core/base';
import type { BatchOptions } from './options.ts';
import type { Searcher } from './searcher.ts';

/** Translates texts in batches of similar length; order and empty texts are preserved. @throws as `Translator` does. */
export async function translateTexts(
  { tokenizer, segments, ids, search }: Searcher,
  texts: readonly string[],
  { batchSize = 32, onProgress, ...options }: BatchOptions,
): Promise<string[]> {
  if (!Array.isArray(texts)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/seq2seq] translateBatch: expected an array of texts, got ${kindOf(texts)}.`,
    );
  }
  checkWhole('[ringformer/seq2seq]', 'batchSize', batchSize, 1);
  const plans = Array.from(texts, (text) => segments(text)); // holes too
  const jobs = plans.flat().flatMap((segment) => (segment.text === '' ? [] : [{ segment, ids: ids(segment.text) }]));
  const results = new Map<object, string>();
  jobs.sort((a, b) => a.ids.length - b.ids.length);
  for (let at = 0; at < jobs.length; at += batchSize) {
    const batch = jobs.slice(at, at + batchSize);
    const found = await search(
      batch.map(({ ids }) => ids),
      options,
    );
    batch.forEach(({ segment }, i) => results.set(segment, tokenizer.decode(found[i]?.[0]?.tokens ?? [])));
    onProgress?.({ done: at + batch.length, total: jobs.length });
  }
  return plans.map((segments) => segments.map((segment) => (results.get(segment) ?? '') + segment.after).join(''));
}
