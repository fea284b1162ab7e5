import type { EngineOptions, InferenceEngine, Precision, Raw } from '@ringformer/core/base';
import type { VitConfig } from './config.ts';
import type { LevelPlaces, LevelPlan } from './level-plan.ts';

export type { LevelPlaces, LevelPlan, VitConfig };

/** An engine that runs image classifiers. */
export type VisionEngine = InferenceEngine & {
  /**
   * Lays out a model's weights for the engine. `weights` have our names (`flattenSpec(architecture.spec(config))`) and are
   * already checked against the spec; `plan` says where the levels find them, and can be the architecture itself.
   */
  vision(
    config: VitConfig,
    weights: Readonly<Record<string, Raw>>,
    plan: LevelPlan,
    options?: EngineOptions,
  ): Promise<EngineVision>;
  /** Runs models exported as an ONNX graph, given as the file's bytes. Absent if the engine runs no graphs. */
  readonly graphs?: {
    vision(config: VitConfig, file: Uint8Array, options?: EngineOptions): Promise<EngineVision>;
  };
};

/** Whether an engine runs image classifiers. */
export const isVisionEngine = (engine: InferenceEngine): engine is VisionEngine => 'vision' in engine;

/** An image classifier in an engine's memory. Call `dispose` when done with it. */
export type EngineVision = {
  readonly precision?: Precision;
  /** images [b c h w], row-major → logits [b classes]. `levels`: how many to pass. Default: all. */
  classify(images: Float32Array, levels?: number): Float32Array | Promise<Float32Array>;
  dispose(): void;
};
