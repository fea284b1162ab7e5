// Runs models on ONNX Runtime: `@ringformer/onnx/run`.
export { inspectOnnx } from './inspect.ts';
export type { OnnxRuntime, OnnxSession, OnnxTensor, RuntimeName } from './runtime.ts';
export type { ExecutionProvider } from './session.ts';
export { type OnnxBackend, type OnnxEngine, type OnnxStart, startOnnx } from './start.ts';
