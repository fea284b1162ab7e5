import { type EngineBackend, type EngineOptions, RingformerError } from '@ringformer/core/base';
import { readBytes } from '@ringformer/core/read';
import type { Seq2seqEngine } from '@ringformer/seq2seq/engine';
import type { VisionEngine } from '@ringformer/vit/engine';
import { choiceGraph } from './choice.ts';
import { loadRuntime, type OnnxRuntime, type RuntimeName } from './runtime.ts';
import { graphsModel, weightsModel } from './seq2seq.ts';
import { type ExecutionProvider, openSession, type Place } from './session.ts';
import { graphClassifier, weightsClassifier } from './vision.ts';

export type OnnxStart = {
  /**
   * Which ONNX Runtime: the name of a package, by default onnxruntime-node in Node and onnxruntime-web elsewhere; or its
   * module.
   */
  readonly runtime?: RuntimeName | OnnxRuntime;
  /** What computes, in order of preference: 'cuda', 'dml', 'coreml', 'webgpu', … Default: the CPU. */
  readonly executionProviders?: readonly ExecutionProvider[];
  /** Threads of each graph. Default: ONNX Runtime's own count of the CPU's cores. */
  readonly threads?: number;
};

/** A backend for loadTranslator and loadClassifier. */
export type OnnxBackend = EngineBackend<OnnxEngine> & { readonly name: 'onnx' };

/** An engine for every architecture, and for exported graphs. */
export type OnnxEngine = Required<Seq2seqEngine & VisionEngine>;

/**
 * Starts ONNX Runtime as the engine of translators and classifiers, in float32, for every architecture.
 * @throws RingformerError 'no-backend' if ONNX Runtime is not installed, does not start or lacks a provider; 'bad-argument'
 * for a wrong number of threads.
 */
export async function startOnnx({
  runtime: wanted,
  executionProviders,
  threads,
}: OnnxStart = {}): Promise<OnnxBackend> {
  checkThreads(threads);
  const runtime = await loadRuntime(wanted);
  // ONNX Runtime skips a provider that it lacks and computes on the next one, so each is tried by itself.
  for (const provider of executionProviders ?? []) {
    const session = await openSession({ runtime, providers: [provider] }, 'choice', choiceGraph(2));
    session.end();
  }
  const placeOf = (options: EngineOptions = {}): Place => {
    checkPrecision(options);
    const count = options.threads === 'auto' ? threads : (options.threads ?? threads);
    checkThreads(count);
    const wasm = wanted === 'onnxruntime-node' ? undefined : runtime.env?.wasm;
    if (wasm && count !== undefined) wasm.numThreads = count; // takes effect at the first session
    return { runtime, threads: count, providers: executionProviders };
  };
  return {
    name: 'onnx',
    readBytes,
    engine: {
      name: 'onnx',
      architectures: 'any',
      weights: 'float',
      seq2seq: async (config, weights, plan, options) => weightsModel(placeOf(options), config, weights, plan),
      vision: async (config, weights, plan, options) => weightsClassifier(placeOf(options), config, weights, plan),
      graphs: {
        seq2seq: async (config, files, options) => graphsModel(placeOf(options), config, files),
        vision: async (config, file, options) => graphClassifier(placeOf(options), config, file),
      },
    },
  };
}

function checkThreads(threads: number | undefined): void {
  if (threads === undefined || (Number.isSafeInteger(threads) && threads >= 1)) return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/onnx] threads is ${threads}; expected a whole number of at least 1.`,
  );
}

function checkPrecision({ precision = 'auto' }: EngineOptions): void {
  if (precision === 'auto' || precision === 'f32') return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/onnx] precision is '${precision}', but these graphs are float32. Leave it out, or use the wasm engine, which computes in bf16 and int8.`,
  );
}
