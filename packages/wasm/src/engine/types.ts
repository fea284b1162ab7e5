import type { EngineBackend, Precision } from '@ringformer/core/base';
import type { Decoding, EngineSeq2seq, OpenOptions, Seq2seqEngine, Top } from '@ringformer/seq2seq/engine';
import type { EngineVision, VisionEngine } from '@ringformer/vit/engine';

/** This package's engine: a whole pass of the ring in one synchronous call. */
export type WasmEngine = Omit<Seq2seqEngine & VisionEngine, 'name' | 'seq2seq' | 'vision' | 'graphs'> & {
  readonly name: 'wasm';
  seq2seq(...given: Parameters<Seq2seqEngine['seq2seq']>): Promise<WasmSeq2seq>;
  vision(...given: Parameters<VisionEngine['vision']>): Promise<WasmVision>;
};

/** What `startEngine` returns: everything that inference needs from a backend. */
export type WasmEngineBackend = EngineBackend<WasmEngine> & { readonly name: 'wasm' };

/** The decodings that `open` returns step synchronously. */
export type WasmSeq2seq = Omit<EngineSeq2seq, 'open'> & {
  readonly precision: Precision;
  /** Threads that are running now. */
  readonly threads: number;
  /** Bytes of memory in use: weights, buffers and open decodings. */
  readonly bytes: number;
  open(sources: readonly (readonly number[])[], options: OpenOptions): WasmDecoding;
};

/** `step` is synchronous. `logits()` returns those of the last step, before bans: [rows v]. */
export type WasmDecoding = Omit<Decoding, 'step' | 'attention'> & {
  step(tokens: readonly number[], count: number): Top;
  attention(): Float32Array[];
  logits(): Float32Array;
};

/** `classify` is synchronous. */
export type WasmVision = Omit<EngineVision, 'classify'> & {
  readonly precision: Precision;
  readonly threads: number;
  classify(images: Float32Array, levels?: number): Float32Array;
};
