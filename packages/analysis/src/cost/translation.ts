import { distinctPlaces } from '@ringformer/core/base';
import { type AnyParams, architectureOf, type Seq2seq } from '@ringformer/seq2seq';
import { signalsRead } from './parameters.ts';
import { attended, type PassCost, type Product, sumOf, weighted } from './products.ts';

/** A translation model's configuration, and its architecture unless it is the ring. */
export type TranslationModel = Pick<Seq2seq<AnyParams>, 'config' | 'architecture'>;

export type TranslationPass = {
  /** Tokens of the source, special tokens included. */
  readonly source: number;
  /** Tokens that the decoder reads, which is as many as it predicts. */
  readonly target: number;
  /** How many sentences. Default 1. */
  readonly sentences?: number;
  /** How many levels are passed on each side. Default: all. */
  readonly levels?: number;
  /**
   * 'whole': the decoder reads the target at once, as in training, and computes what the causal mask hides. 'steps': token
   * by token with a past, as greedy search does. Default 'steps'.
   */
  readonly decode?: 'whole' | 'steps';
};

/** What one pass over sentences costs, in closed form, for any architecture. */
export function translationCost(model: TranslationModel, pass: TranslationPass): PassCost {
  const { config } = model;
  const { source: m, target: n, sentences = 1, levels, decode = 'steps' } = pass;
  const { dim: d, mlpDim: f, rank, targetVocab } = config;
  const architecture = architectureOf(model);
  const steps = decode === 'steps' ? n : 1;
  const rows = { encoder: sentences * m, decoder: (sentences * n) / steps };
  /** n tokens look at themselves and those before; at once, at all n. */
  const pairs = decode === 'steps' ? (n * (n + 1)) / 2 : n * n;
  const feedForward = (rows: number, { ffn, signals }: { ffn?: unknown; signals?: unknown }, times = 1): Product[] => {
    const products = ffn ? [weighted('ffn', rows, d, f, 2 * times)] : [];
    return signals ? [...products, ...signalProducts(rows, Boolean(ffn), times)] : products;
  };
  /** Few tokens read signals, down and up; for many, the matrix of each signal is formed. See `signalAttention`. */
  const signalProducts = (rows: number, hasFfn: boolean, times: number): Product[] => {
    const { attention, ffn } = signalsRead(config);
    const forFfn = hasFfn ? ffn : 0;
    if (rows < d) return [weighted('signal', rows, rank, d, 2 * (attention + forFfn) * times)];
    return [weighted('signal', d, rank, d, attention * times), weighted('signal', f, rank, d, 2 * forFfn * times)];
  };
  const encoder = architecture.encoder(config).slice(0, levels);
  const decoder = architecture.decoder(config);
  const crosses = distinctPlaces(decoder.map(({ cross }) => cross)).length;
  return sumOf([
    ...encoder.flatMap((level) => [
      weighted('projection', rows.encoder, d, d, 4),
      attended(sentences * m * m, d),
      ...feedForward(rows.encoder, level),
    ]),
    weighted('projection', rows.encoder, d, d, 2 * crosses), // keys and values of the cross-attentions, once
    ...decoder
      .slice(0, levels)
      .flatMap((level) => [
        weighted('projection', rows.decoder, d, d, 6 * steps),
        attended(sentences * (pairs + n * m), d),
        ...feedForward(rows.decoder, level, steps),
      ]),
    weighted('output', rows.decoder, targetVocab, d, steps),
  ]);
}

/** Numbers of the keys and values that decoding keeps: [levels 2 tokens d] of the past, and the source's for cross-attention. */
export function cacheSize(
  model: TranslationModel,
  { source, target }: Pick<TranslationPass, 'source' | 'target'>,
): number {
  const { config } = model;
  const decoder = architectureOf(model).decoder(config);
  const crosses = distinctPlaces(decoder.map(({ cross }) => cross)).length;
  return 2 * config.dim * (decoder.length * target + crosses * source);
}
