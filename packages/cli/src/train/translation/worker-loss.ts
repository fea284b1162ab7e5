import { type AnyParams, initSeq2seq } from '@ringformer/seq2seq';
import { architectureNamed } from '../../architecture.ts';
import type { TranslationTask, WorkerLoss } from '../worker-task.ts';
import type { SentenceBatch } from './data.ts';
import { sentenceLoss } from './task.ts';

export async function translationLoss({ config, ...options }: TranslationTask): Promise<WorkerLoss> {
  const architecture = await architectureNamed(config.architecture);
  const { params } = initSeq2seq<AnyParams>(config, 0, architecture);
  const loss = sentenceLoss({ config, architecture }, options);
  return {
    shapes: params,
    loss: (params, batch, dropoutSeed) => loss(params as AnyParams, batch as SentenceBatch, { dropoutSeed }),
  };
}
