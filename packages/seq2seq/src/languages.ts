import { RingformerError, saidOf } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import type { TranslateOptions } from './options.ts';

export type Languages = Pick<TranslateOptions, 'from' | 'to'>;

/** The languages of the model, or those given if it does not name its own. @throws RingformerError 'bad-argument' */
export function languagesOf(config: Seq2seqConfig, given: Languages): Languages {
  for (const [key, verb] of [
    ['from', 'reads'],
    ['to', 'writes'],
  ] as const) {
    const [wanted, own]: [unknown, string | undefined] = [given[key], config[key]];
    if (wanted === undefined) continue;
    if (typeof wanted !== 'string' || wanted === '') {
      throw new RingformerError(
        'bad-argument',
        `[ringformer/seq2seq] ${key} is ${saidOf(wanted)}; expected a language such as 'de'.`,
      );
    }
    if (own === undefined || base(wanted) === base(own)) continue;
    throw new RingformerError(
      'bad-argument',
      `[ringformer/seq2seq] This model translates from ${config.from ?? 'an unnamed language'} to ${config.to ?? 'an unnamed one'}: it ${verb} ${own}, not ${wanted}. Use another model.`,
    );
  }
  return { from: config.from ?? given.from, to: config.to ?? given.to };
}

const base = (language: string) => language.toLowerCase().split('-')[0];
