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
  /** Which ONNX Runtime: a package, by default onnxruntime-node in Node and onnxruntime-web elsewhere; or its module. */
  readonly runtime?: RuntimeName | OnnxRuntime;
  /** What computes, in the order of preference: 'cuda', 'dml', 'coreml', 'webgpu', … Default: the processor. */
  readonly executionProviders?: readonly ExecutionProvider[];
  /** Threads of each graph. Default: as ONNX Runtime counts the processor's cores. */
  readonly threads?: number;
};

/** What loadTranslator and loadClassifier take as a backend. */
export type OnnxBackend = EngineBackend<OnnxEngine> & { readonly name: 'onnx' };

/** An engine of every architecture, and of exported graphs. */
export type OnnxEngine = Required<Seq2seqEngine & VisionEngine>;

/**
 * ONNX Runtime as the engine of translators and classifiers, in float32, of every architecture.
 * @throws RingformerError 'no-backend' where ONNX Runtime is not installed, does not start, or lacks a provider; 'bad-argument' for
 * threads.
 */
export async function startOnnx({
  runtime: wanted,
  executionProviders,
  threads,
}: OnnxStart = {}): Promise<OnnxBackend> {
  checkThreads(threads);
  const runtime = await loadRuntime(wanted);
  // ONNX Runtime passes over a provider that it lacks if another is left, and computes there: each is tried alone.
  for (const provider of executionProviders ?? []) {
    const session = await openSession({ runtime, providers: [provider] }, 'choice', choiceGraph(2));
    session.end();
  }
  const placeOf = (options: EngineOptions = {}): Place => {
    checkPrecision(options);
    const count = options.threads === 'auto' ? threads : (options.threads ?? threads);
    checkThreads(count);
    const wasm = wanted === 'onnxruntime-node' ? undefined : runtime.env?.wasm;
    if (wasm && count !== undefined) wasm.numThreads = count; // heeded by the first session
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
    `[ringformer/onnx] threads is ${threads}: a whole number of at least 1 is wanted.`,
  );
}

function checkPrecision({ precision = 'auto' }: EngineOptions): void {
  if (precision === 'auto' || precision === 'f32') return;
  throw new RingformerError(
    'bad-argument',
    `[ringformer/onnx] precision is '${precision}': these graphs are float32. Leave it out, or take the wasm engine, which computes in bf16 and int8.`,
  );
}
