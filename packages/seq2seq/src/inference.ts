import type { EngineOptions, InferenceEngine, Precision, Raw } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import type { DecoderPlaces, EncoderPlaces, LevelPlan } from './level-plan.ts';

export type { DecoderPlaces, EncoderPlaces, LevelPlan, Seq2seqConfig };

/** An engine that passes translation models. */
export type Seq2seqEngine = InferenceEngine & {
  /**
   * Lays a model's weights out for the engine. `weights` by our names (`flattenSpec(architecture.spec(config))`), already
   * checked against the spec; `plan`: where the levels find them, the architecture itself for example.
   */
  seq2seq(
    config: Seq2seqConfig,
    weights: Readonly<Record<string, Raw>>,
    plan: LevelPlan,
    options?: EngineOptions,
  ): Promise<EngineSeq2seq>;
  /** Models that were exported as ONNX graphs, given as the files' bytes, if the engine runs such. */
  readonly graphs?: {
    seq2seq(config: Seq2seqConfig, files: Seq2seqGraphs, options?: EngineOptions): Promise<EngineSeq2seq>;
  };
};

/** Whether an engine passes translation models. */
export const isSeq2seqEngine = (engine: InferenceEngine): engine is Seq2seqEngine => 'seq2seq' in engine;

/** The bytes of encoder.onnx and decoder.onnx. */
export type Seq2seqGraphs = { readonly encoder: Uint8Array; readonly decoder: Uint8Array };

/** A translation model in an engine's memory. Call `dispose` when done with it: threads end, memory goes back. */
export type EngineSeq2seq = {
  readonly precision?: Precision;
  /** Reads the sources (ids with their special tokens) and begins to decode; the caller disposes the decoding. */
  open(sources: readonly (readonly number[])[], options: OpenOptions): Decoding;
  dispose(): void;
};

/** How many levels of each side are passed; all if absent. */
export type Levels = { readonly encoder?: number; readonly decoder?: number };

export type OpenOptions = {
  /** Most rows that `step` will be given: sentences, times beams. */
  readonly rows: number;
  /** Ids that get no probability. */
  readonly banned?: readonly number[];
  /**
   * False if only the likeliest token is needed: `step` with a count of 1 may then leave out what only scores need, its
   * `logProbs` are NaN, and there are no `logits()`. The ids are the same. True if absent.
   */
  readonly scores?: boolean;
  readonly levels?: Levels;
};

/**
 * The `count` likeliest continuations of each row (all, if the vocabulary has fewer), best first: [rows count],
 * row-major. Of equals the lower id comes first.
 */
export type Top = { readonly ids: Int32Array; readonly logProbs: Float32Array };

/** Sentences in the middle of being decoded: one row a hypothesis; at first one row a sentence. */
export type Decoding = {
  /** Appends one token to each row. @throws RingformerError 'bad-shape' beyond the model's maxLength. */
  step(tokens: readonly number[], count: number): Top | Promise<Top>;
  /** Row i becomes what row `rows[i]` is; `sentences`, if given, are the sentences that stay, in order. */
  select(rows: readonly number[], sentences?: readonly number[]): void;
  dispose(): void;
};
