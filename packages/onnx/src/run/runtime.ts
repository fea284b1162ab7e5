import { RingformerError } from '@ringformer/core/base';

type Data = Float32Array | BigInt64Array;

/** A tensor of ONNX Runtime, row-major. */
export type OnnxTensor = { readonly data: unknown; readonly dims: readonly number[] };

/** The part of onnxruntime-node and onnxruntime-web that is used: either module is one. */
export type OnnxRuntime = {
  readonly Tensor: new (type: 'float32' | 'int64', data: Data, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: { create(bytes: Uint8Array, options?: object): Promise<OnnxSession> };
  /** What this build of onnxruntime-node can compute on. */
  readonly listSupportedBackends?: () => readonly { readonly name: string }[];
  /** Where onnxruntime-web reads how many threads to use; versions by package. */
  readonly env?: {
    readonly wasm?: { numThreads?: number };
    readonly versions?: { readonly common?: string; readonly node?: string; readonly web?: string };
  };
};
export type OnnxSession = {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
};

export type RuntimeName = 'onnxruntime-node' | 'onnxruntime-web';

/**
 * The module of ONNX Runtime. Its name is not a literal in `import`, so that bundlers ignore it: it only exists if the user
 * installed it.
 * @throws RingformerError 'no-backend' that says what to install.
 */
export async function loadRuntime(wanted: RuntimeName | OnnxRuntime = defaultRuntime()): Promise<OnnxRuntime> {
  if (typeof wanted === 'object') return checked(wanted, 'The runtime that was given');
  let found: OnnxRuntime & { readonly default?: OnnxRuntime };
  try {
    found = await import(/* @vite-ignore */ /* webpackIgnore: true */ wanted);
  } catch (cause) {
    throw new RingformerError('no-backend', `[ringformer/onnx] ${whyNot(wanted, cause as Error)}`, { cause });
  }
  return checked(found.InferenceSession ? found : (found.default ?? found), wanted);
}

export const inNode = (): boolean => typeof process !== 'undefined' && Boolean(process.versions?.node);
const defaultRuntime = (): RuntimeName => (inNode() ? 'onnxruntime-node' : 'onnxruntime-web');

function checked(runtime: OnnxRuntime, name: string): OnnxRuntime {
  if (typeof runtime.InferenceSession?.create === 'function' && typeof runtime.Tensor === 'function') return runtime;
  throw new RingformerError(
    'no-backend',
    `[ringformer/onnx] ${name} is not ONNX Runtime: it has no InferenceSession and Tensor. Give onnxruntime-node or onnxruntime-web as a module.`,
  );
}

function whyNot(name: RuntimeName, { message, ...error }: Error & { readonly code?: string }): string {
  const missing = /_?MODULE_NOT_FOUND$/.test(error.code ?? '') && message.includes(`'${name}'`);
  if (!inNode()) {
    return `${name} was not found by its name (${message}). In a page, pass the module: startOnnx({ runtime: await import('onnxruntime-web') }).`;
  }
  if (missing) {
    return `${name} is not installed; it is optional. Install it next to ringformer: npm install ${name} (npm install -g ${name} for a global ringformer).`;
  }
  return `${name} is installed but does not start: ${message.split('\n')[0]} It has builds for Linux with glibc, macOS and Windows; onnxruntime-web runs everywhere.`;
}
