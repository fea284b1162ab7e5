import type { EngineOptions, InferenceEngine, Precision, Raw } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';
import type { LevelPlaces, LevelPlan } from './level-plan.ts';

export type { LevelPlaces, LevelPlan, VitConfig };

/** An engine that passes image classifiers. */
export type VisionEngine = InferenceEngine & {
  /**
   * Lays a model's weights out for the engine. `weights` by our names (`flattenSpec(architecture.spec(config))`), already
   * checked against the spec; `plan`: where the levels find them, the architecture itself for example.
   */
  vision(
    config: VitConfig,
    weights: Readonly<Record<string, Raw>>,
    plan: LevelPlan,
    options?: EngineOptions,
  ): Promise<EngineVision>;
  /** Models that were exported as an ONNX graph, given as the file's bytes, if the engine runs such. */
  readonly graphs?: {
    vision(config: VitConfig, file: Uint8Array, options?: EngineOptions): Promise<EngineVision>;
  };
};

/** Whether an engine passes image classifiers. */
export const isVisionEngine = (engine: InferenceEngine): engine is VisionEngine => 'vision' in engine;

/** An image classifier in an engine's memory. Call `dispose` when done with it. */
export type EngineVision = {
  readonly precision?: Precision;
  /** images [b c h w], row-major → logits [b classes]. `levels`: how many are passed; all if absent. */
  classify(images: Float32Array, levels?: number): Float32Array | Promise<Float32Array>;
  dispose(): void;
};
