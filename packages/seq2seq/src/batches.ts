import { checkWhole, kindOf, RingformerError } from '@ringformer/core/base';
import { confidenceOf, type Hypothesis } from './hypothesis.ts';
import type { BatchOptions } from './options.ts';
import type { Searcher } from './searcher.ts';

/** A translated text. */
export type Translation = {
  readonly text: string;
  /**
   * How sure the model is, from 0 to 1: the geometric mean of the probabilities of all tokens. 1 for an empty text. If a
   * word comes back because the model made babble of it, this is the babble's.
   */
  readonly confidence: number;
  /** The parts that were translated separately, in order, without the white space between them. */
  readonly sentences: readonly { readonly source: string; readonly text: string; readonly confidence: number }[];
};

/** Translates texts in batches of similar length; order and empty texts are preserved. @throws as `Translator` does. */
export async function translateTexts(
  searcher: Searcher,
  texts: readonly string[],
  options: BatchOptions,
): Promise<string[]> {
  const { plans, read } = await translateSegments(searcher, texts, options, false);
  return plans.map((segments) => segments.map((segment) => read(segment).text + segment.after).join(''));
}

/** The same, with confidences. */
export async function translateInDetail(
  searcher: Searcher,
  texts: readonly string[],
  options: BatchOptions,
): Promise<Translation[]> {
  const { plans, read } = await translateSegments(searcher, texts, options, true);
  return plans.map((segments) => {
    const parts = segments.map((segment) => ({ segment, ...read(segment) }));
    const found = parts.flatMap(({ found }) => found ?? []);
    return {
      text: parts.map(({ segment, text }) => text + segment.after).join(''),
      confidence: confidenceOf(joined(found)),
      sentences: parts.flatMap(({ segment, text, found }) =>
        found ? [{ source: segment.text, text, confidence: confidenceOf(found) }] : [],
      ),
    };
  });
}

const joined = (found: readonly Hypothesis[]) => ({
  logProb: found.reduce((sum, { logProb }) => sum + logProb, 0),
  length: found.reduce((sum, { length }) => sum + length, 0) || 1,
});

async function translateSegments(
  { tokenizer, segments, ids, search }: Searcher,
  texts: readonly string[],
  { batchSize = 32, onProgress, ...options }: BatchOptions,
  scores: boolean,
) {
  if (!Array.isArray(texts)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/seq2seq] translateBatch: expected an array of texts, got ${kindOf(texts)}.`,
    );
  }
  checkWhole('[ringformer/seq2seq]', 'batchSize', batchSize, 1);
  const plans = Array.from(texts, (text) => segments(text)); // holes too
  const jobs = plans.flat().flatMap((segment) => (segment.text === '' ? [] : [{ segment, ids: ids(segment.text) }]));
  const results = new Map<object, Hypothesis>();
  jobs.sort((a, b) => a.ids.length - b.ids.length);
  for (let at = 0; at < jobs.length; at += batchSize) {
    const batch = jobs.slice(at, at + batchSize);
    const found = await search(
      batch.map(({ ids }) => ids),
      options,
      { scores },
    );
    batch.forEach(({ segment }, i) => {
      const best = found[i]?.[0];
      if (best) results.set(segment, best);
    });
    onProgress?.({ done: at + batch.length, total: jobs.length });
  }
  return {
    plans,
    read(segment: object) {
      const found = results.get(segment);
      return { found, text: found ? tokenizer.decode(found.tokens) : '' };
    },
  };
}
