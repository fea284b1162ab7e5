import type { EngineOptions, InferenceEngine, Precision, Raw } from '@ringformer/core/base';
import type { Seq2seqConfig } from './config.ts';
import type { DecoderPlaces, EncoderPlaces, LevelPlan } from './level-plan.ts';

export type { DecoderPlaces, EncoderPlaces, LevelPlan, Seq2seqConfig };

/** An engine that runs translation models. */
export type Seq2seqEngine = InferenceEngine & {
  /**
   * Lays out a model's weights for the engine. `weights` have our names (`flattenSpec(architecture.spec(config))`) and are
   * already checked against the spec; `plan` says where the levels find them, and can be the architecture itself.
   */
  seq2seq(
    config: Seq2seqConfig,
    weights: Readonly<Record<string, Raw>>,
    plan: LevelPlan,
    options?: EngineOptions,
  ): Promise<EngineSeq2seq>;
  /** Runs models exported as ONNX graphs, given as the files' bytes. Absent if the engine runs no graphs. */
  readonly graphs?: {
    seq2seq(config: Seq2seqConfig, files: Seq2seqGraphs, options?: EngineOptions): Promise<EngineSeq2seq>;
  };
};

/** Whether an engine runs translation models. */
export const isSeq2seqEngine = (engine: InferenceEngine): engine is Seq2seqEngine => 'seq2seq' in engine;

/** The bytes of encoder.onnx and decoder.onnx. */
export type Seq2seqGraphs = { readonly encoder: Uint8Array; readonly decoder: Uint8Array };

/** A translation model in an engine's memory. Call `dispose` when done with it: its threads end and its memory is freed. */
export type EngineSeq2seq = {
  readonly precision?: Precision;
  /** Whether its decodings have `attention`. */
  readonly attends?: boolean;
  /** Reads the sources (ids with their special tokens) and begins to decode. The caller disposes of the decoding. */
  open(sources: readonly (readonly number[])[], options: OpenOptions): Decoding;
  dispose(): void;
};

/** How many levels of each side to pass. Default: all. */
export type Levels = { readonly encoder?: number; readonly decoder?: number };

export type OpenOptions = {
  /** The most rows that `step` will get: sentences times beams. */
  readonly rows: number;
  /** Ids that get no probability. */
  readonly banned?: readonly number[];
  /**
   * False if only the most likely token is needed. `step` with a count of 1 may then skip what only scores need: its
   * `logProbs` are NaN, and there are no `logits()`. The ids are the same. Default: true.
   */
  readonly scores?: boolean;
  /** Whether `attention` is called; only engines that must prepare for it look at this. Default: false. */
  readonly attention?: boolean;
  readonly levels?: Levels;
};

/**
 * The `count` most likely continuations of each row (all, if the vocabulary has fewer), best first: [rows count],
 * row-major. Ties go to the lower id.
 */
export type Top = { readonly ids: Int32Array; readonly logProbs: Float32Array };

/** Sentences that are being decoded: one row per hypothesis, at first one per sentence. */
export type Decoding = {
  /** Appends one token to each row. @throws RingformerError 'bad-shape' beyond the model's maxLength. */
  step(tokens: readonly number[], count: number): Top | Promise<Top>;
  /** Row i becomes what row `rows[i]` is. `sentences`, if given, are the sentences that remain, in order. */
  select(rows: readonly number[], sentences?: readonly number[]): void;
  /**
   * What the last step looked at in the last level that it passed, mean over heads: for each row, its share of each token of
   * the row's source (padding may follow). Call it before `select`.
   */
  attention?(): readonly Float32Array[] | Promise<readonly Float32Array[]>;
  dispose(): void;
};
