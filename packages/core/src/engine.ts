/**
 * What computes whole passes outside TensorFlow.js, for inference only. Which models it loads is the models' to say:
 * `Seq2seqEngine` of `@ringformer/seq2seq` and `VisionEngine` of `@ringformer/vit` add a method each. A backend that has an
 * engine shows it as `engine`: `startEngine` and `startWasm` of `@ringformer/wasm`, `startOnnx` of `@ringformer/onnx/run`.
 */
export type InferenceEngine = {
  readonly name: 'wasm' | 'onnx';
  /** The architectures that it passes: these by name, or any whose levels it is told. */
  readonly architectures: readonly string[] | 'any';
  /** How it takes weights: as a file stores them (an I8 tensor with its scales beside it as `<name>.scale`), or all as floats. */
  readonly weights: 'stored' | 'float';
};

/** How matrices are held: as given ('auto': I8 as int8, BF16 as bf16, the rest as f32), or converted while loading. */
export type Precision = 'f32' | 'bf16' | 'int8';

export type EngineOptions = {
  readonly precision?: Precision | 'auto';
  /**
   * Threads that share each call, this one included. 'auto' (the default): as many as there are cores, at most 4; 1
   * if memory cannot be shared. They join once they have started; results do not depend on their number.
   */
  readonly threads?: number | 'auto';
};
