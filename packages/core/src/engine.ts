/**
 * Computes whole passes outside TensorFlow.js, for inference only. The model packages decide which models it can load:
 * `Seq2seqEngine` of `@ringformer/seq2seq` and `VisionEngine` of `@ringformer/vit` each add a method. A backend that has an
 * engine exposes it as `engine`: `startEngine` and `startWasm` of `@ringformer/wasm`, `startOnnx` of `@ringformer/onnx/run`.
 */
export type InferenceEngine = {
  readonly name: 'wasm' | 'onnx';
  /** The architectures that it supports: these by name, or any whose levels it is given. */
  readonly architectures: readonly string[] | 'any';
  /**
   * How it takes weights: as a file stores them (an I8 tensor with its scales beside it as `<name>.scale`), or all as
   * floats.
   */
  readonly weights: 'stored' | 'float';
};

/**
 * How matrices are kept in memory: as stored ('auto': I8 as int8, BF16 as bf16, the rest as f32), or converted while
 * loading.
 */
export type Precision = 'f32' | 'bf16' | 'int8';

export type EngineOptions = {
  readonly precision?: Precision | 'auto';
  /**
   * Threads that share each call, this one included. 'auto' (the default) uses as many as there are cores, at most 4, or
   * only 1 if memory cannot be shared. They join once they have started; results do not depend on their number.
   */
  readonly threads?: number | 'auto';
};
