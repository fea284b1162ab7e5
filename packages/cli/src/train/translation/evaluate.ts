import { type AnyParams, createTranslator, type Seq2seq } from '@ringformer/seq2seq';
import { corpusBleu, makeBatch, pairLengths, planEpoch, type Tokenizer } from '@ringformer/text';
import type { Corpus } from './data.ts';
import { sentenceLoss } from './task.ts';

/** Mean cross-entropy in nats per target token, without smoothing or dropout. */
export async function validLoss(model: Seq2seq<AnyParams>, { pairs }: Corpus, batchTokens: number): Promise<number> {
  const { config, params } = model;
  const loss = sentenceLoss(model, { smoothing: 0, randomDepth: 0 });
  let sum = 0;
  let tokens = 0;
  for (const indices of planEpoch(pairLengths(pairs), {
    maxTokens: batchTokens,
    maxLength: config.maxLength,
    seed: 0,
    epoch: 0,
  }).batches) {
    const batch = makeBatch(pairs, indices, config);
    const value = loss(params, batch);
    sum += (await value.data())[0]!;
    tokens += batch.tokens;
    value.dispose();
  }
  return sum / tokens;
}

/** BLEU of the greedy translations of the first `count` sentences. */
export async function validBleu(
  model: Seq2seq<AnyParams>,
  tokenizer: Tokenizer,
  { texts }: Corpus,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const sources = texts.source.slice(0, count);
  const translations = await createTranslator(model, tokenizer).translateBatch(sources, {
    beams: 1,
    batchSize: 64,
    onWarning: () => {}, // what is too long was counted at the start
    signal,
  });
  return corpusBleu(translations, texts.target.slice(0, count)).score;
}
