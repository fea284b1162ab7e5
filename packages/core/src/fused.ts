import type { Raw } from './safetensors.ts';

/**
 * What computes whole passes outside TensorFlow.js, for inference alone. A backend that has one shows it as `fused`:
 * `startFused` and `startWasm` of `@ringformer/wasm`, `startOnnx` of `@ringformer/onnx/run`.
 */
export type InferenceEngine = {
  readonly name: 'fused' | 'onnx';
  /** The architectures that it passes. */
  readonly architectures: readonly string[];
  /** How it takes weights: as a file stores them (an I8 tensor with its scales beside it as `<name>.scale`), or all as floats. */
  readonly weights: 'stored' | 'float';
  /**
   * Lays a translation model's weights out for the engine. `weights` by our names (`flattenSpec(seq2seqSpec(config))`),
   * already checked against the spec.
   */
  seq2seq(
    config: FusedSeq2seqConfig,
    weights: Readonly<Record<string, Raw>>,
    options?: FusedOptions,
  ): Promise<EngineSeq2seq>;
  /** The same for an image classifier; the ring's names are listed at `FusedVisionConfig`. */
  vision(
    config: FusedVisionConfig,
    weights: Readonly<Record<string, Raw>>,
    options?: FusedOptions,
  ): Promise<EngineVision>;
  /** Models that were exported as ONNX graphs, given as the files' bytes, where the engine runs such. */
  readonly graphs?: {
    seq2seq(config: FusedSeq2seqConfig, files: Seq2seqGraphs, options?: FusedOptions): Promise<EngineSeq2seq>;
    vision(config: FusedVisionConfig, file: Uint8Array, options?: FusedOptions): Promise<EngineVision>;
  };
};

/** The bytes of encoder.onnx and decoder.onnx. */
export type Seq2seqGraphs = { readonly encoder: Uint8Array; readonly decoder: Uint8Array };

/** A translation model in an engine's memory. Call `dispose` when done with it: threads end, memory goes back. */
export type EngineSeq2seq = {
  /** Reads the sources (ids with their special tokens) and begins to decode; the caller disposes the decoding. */
  open(sources: readonly (readonly number[])[], options: OpenOptions): Decoding;
  dispose(): void;
};

/** An image classifier in an engine's memory. Call `dispose` when done with it. */
export type EngineVision = {
  /** images [b c h w], row-major → logits [b classes]. `levels`: how many are passed; all where absent. */
  classify(images: Float32Array, levels?: number): Float32Array | Promise<Float32Array>;
  dispose(): void;
};

/** The engine of `@ringformer/wasm`: a whole pass of the ring in one call, which gives its result at once. */
export type FusedEngine = Omit<InferenceEngine, 'seq2seq' | 'vision'> & {
  seq2seq(
    config: FusedSeq2seqConfig,
    weights: Readonly<Record<string, Raw>>,
    options?: FusedOptions,
  ): Promise<FusedSeq2seq>;
  vision(
    config: FusedVisionConfig,
    weights: Readonly<Record<string, Raw>>,
    options?: FusedOptions,
  ): Promise<FusedVision>;
};

/** How matrices are held: as given ('auto': I8 as int8, BF16 as bf16, the rest as f32), or converted while loading. */
export type Precision = 'f32' | 'bf16' | 'int8';

export type FusedOptions = {
  readonly precision?: Precision | 'auto';
  /**
   * Threads that share each call, this one included. 'auto' (the default): as many as there are cores, at most 4; 1
   * where memory cannot be shared. They join once they have started; results do not depend on their number.
   */
  readonly threads?: number | 'auto';
};

/** The part of a translation model's configuration that its arithmetic needs. */
export type FusedSeq2seqConfig = {
  /** 'ring' where absent. */
  readonly architecture?: string;
  readonly dim: number;
  readonly heads: number;
  readonly mlpDim: number;
  readonly encoderLevels: number;
  readonly decoderLevels: number;
  readonly rank: number;
  readonly sourceVocab: number;
  readonly targetVocab: number;
  readonly maxLength: number;
  readonly bias: boolean;
  readonly positions: 'sinusoidal' | 'learned';
  readonly tie: 'none' | 'output' | 'all';
  readonly scaleEmbedding: boolean;
  readonly normEpsilon: number;
  readonly padId: number;
};

/**
 * A pre-norm vision model. Weights: patches.{weight [d c·p·p], bias}, classToken [d], shared.attn.{query,key,value,out} and
 * shared.ffn.{fc1,fc2}.{weight,bias}, levels.{attnNorm,ffnNorm}.{weight,bias} [l d], levels.signals.{query,key,value,ffn}.
 * {down,up} [l r d], norm.{weight,bias}, head.{weight [classes d], bias}. Positions are sinusoidal.
 */
export type FusedVisionConfig = {
  /** 'ring' where absent. */
  readonly architecture?: string;
  readonly dim: number;
  readonly heads: number;
  readonly mlpDim: number;
  readonly levels: number;
  /** Ranks of the signals of attention, and of the feed-forward input. */
  readonly rank: number;
  readonly ffnRank: number;
  /** Height and width of images, and of patches, in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly normEpsilon: number;
  /** Of the norm before the output layer. */
  readonly lastEpsilon: number;
};

/** `classify` is synchronous. */
export type FusedVision = Omit<EngineVision, 'classify'> & {
  readonly precision: Precision;
  readonly threads: number;
  classify(images: Float32Array, levels?: number): Float32Array;
};

/** What `open` gives steps synchronously. */
export type FusedSeq2seq = Omit<EngineSeq2seq, 'open'> & {
  readonly precision: Precision;
  /** Threads that are at work now. */
  readonly threads: number;
  /** Bytes of memory in use: the weights, buffers, and what open decodings hold. */
  readonly bytes: number;
  open(sources: readonly (readonly number[])[], options: OpenOptions): FusedDecoding;
};

/** How many levels of each side are passed; all where absent. */
export type Levels = { readonly encoder?: number; readonly decoder?: number };

export type OpenOptions = {
  /** Most rows that `step` will be given: sentences, times beams. */
  readonly rows: number;
  /** Ids that get no probability. */
  readonly banned?: readonly number[];
  /**
   * False where the likeliest token is all that is wanted: `step` with a count of 1 may then leave out what only scores
   * need, its `logProbs` are NaN, and there are no `logits()`. The ids are the same. True where absent.
   */
  readonly scores?: boolean;
  readonly levels?: Levels;
};

/**
 * The `count` likeliest continuations of each row (all, where the vocabulary has fewer), best first: [rows count],
 * row-major. Of equals the lower id comes first.
 */
export type Top = { readonly ids: Int32Array; readonly logProbs: Float32Array };

/** Sentences in the middle of being decoded: one row a hypothesis; at first one row a sentence. */
export type Decoding = {
  /** Appends one token to each row. @throws RingformerError 'bad-shape' behind the model's maxLength. */
  step(tokens: readonly number[], count: number): Top | Promise<Top>;
  /** Row i becomes what row `rows[i]` is; `sentences`, where given, are the sentences that stay, in order. */
  select(rows: readonly number[], sentences?: readonly number[]): void;
  dispose(): void;
};

/** `step` is synchronous. `logits()` is what it computed last, before bans: [rows v]. */
export type FusedDecoding = Omit<Decoding, 'step'> & {
  step(tokens: readonly number[], count: number): Top;
  logits(): Float32Array;
};
