import { checkWhole, kindOf, RingformerError } from '@ringformer/core/base';
import { confidenceOf, type Hypothesis, joined } from './hypothesis.ts';
import type { BatchOptions } from './options.ts';
import type { Part, Sentence } from './plan.ts';
import type { Searcher } from './ready.ts';

/** A translated text. */
export type Translation = {
  readonly text: string;
  /**
   * How sure the model is, from 0 to 1: the geometric mean of the probabilities of all tokens. 1 for an empty text. If a
   * word comes back because the model made babble of it, this is the babble's.
   */
  readonly confidence: number;
  /** Numbers were wrong in the likeliest translation, and were put right. */
  readonly corrected?: true;
  /** The parts that were translated separately, in order, without what is between them. */
  readonly sentences: readonly { readonly source: string; readonly text: string; readonly confidence: number }[];
};

/** Translates texts in batches of similar length; order and empty texts are preserved. @throws as `Translator` does. */
export async function translateTexts(
  searcher: Searcher,
  texts: readonly string[],
  options: BatchOptions,
): Promise<string[]> {
  const plans = await translatePlans(searcher, texts, options, false);
  return plans.map((parts) => parts.map(({ text }) => text).join(''));
}

/** The same, with confidences. */
export async function translateInDetail(
  searcher: Searcher,
  texts: readonly string[],
  options: BatchOptions,
): Promise<Translation[]> {
  const plans = await translatePlans(searcher, texts, options, true);
  return plans.map((parts) => ({
    text: parts.map(({ text }) => text).join(''),
    confidence: confidenceOf(joined(parts.flatMap(({ found }) => found ?? []))),
    ...(parts.some(({ corrected, found }) => corrected || found?.corrected) && { corrected: true }),
    sentences: parts.flatMap(({ source = '', text, found }) =>
      found ? [{ source, text, confidence: confidenceOf(found) }] : [],
    ),
  }));
}

/** A part of the output; what was translated has its source and what search found. */
type Done = { readonly text: string; readonly source?: string; readonly found?: Hypothesis; readonly corrected?: true };
type Open = { readonly sentence: Sentence };

const opened = (part: Part): Done | Open => (typeof part === 'string' ? { text: part } : { sentence: part });

async function translatePlans(
  { tokenizer, parts, ids, search }: Searcher,
  texts: readonly string[],
  { batchSize = 32, onProgress, ...options }: BatchOptions,
  scores: boolean,
): Promise<Done[][]> {
  if (!Array.isArray(texts)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/seq2seq] translateBatch: expected an array of texts, got ${kindOf(texts)}.`,
    );
  }
  checkWhole('[ringformer/seq2seq]', 'batchSize', batchSize, 1);
  let plans = (await parts(texts, options)).map((each): (Done | Open)[] => each.map(opened));
  let total = 0;
  for (;;) {
    const jobs = plans
      .flat()
      .flatMap((part) => ('sentence' in part ? [{ sentence: part.sentence, ids: ids(part.sentence.source) }] : []));
    if (jobs.length === 0) return plans as Done[][];
    const before = total;
    total += jobs.length;
    const results = new Map<Sentence, Hypothesis>();
    jobs.sort((a, b) => a.ids.length - b.ids.length);
    for (let at = 0; at < jobs.length; at += batchSize) {
      const batch = jobs.slice(at, at + batchSize);
      const found = await search(
        batch.map(({ ids }) => ids),
        options,
        { scores },
      );
      batch.forEach(({ sentence }, i) => {
        const best = found[i]?.[0];
        if (best) results.set(sentence, best);
      });
      onProgress?.({ done: before + at + batch.length, total });
    }
    plans = plans.map((parts) =>
      parts.flatMap((part) => ('sentence' in part ? settle(part.sentence, results) : [part])),
    );
  }

  /** A sentence after its translation; or what is to be translated instead. */
  function settle(sentence: Sentence, results: ReadonlyMap<Sentence, Hypothesis>): (Done | Open)[] {
    const found = results.get(sentence);
    const text = sentence.finish(found ? tokenizer.decode(found.tokens) : '');
    if (text !== undefined)
      return [{ text, source: sentence.written, corrected: sentence.corrected, ...(found && { found }) }];
    return (sentence.otherwise?.() ?? []).map(opened);
  }
}
