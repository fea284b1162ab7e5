import { type Backend, RingformerError } from '@ringformer/core/base';
import type { WebGpuOptions } from './webgpu.ts';

/** What this package starts: TensorFlow on CUDA, WebGPU by Dawn, TensorFlow on whatever device it chooses. */
export type NodeGpuName = 'cuda' | 'webgpu' | 'tensorflow';

export type NodeGpuOptions = WebGpuOptions & {
  /** What to start, or what to try in turn; by default ['cuda', 'webgpu']. */
  readonly prefer?: NodeGpuName | readonly NodeGpuName[];
  /** Called for each backend that does not start, before the next is tried; by default emits a process warning. */
  readonly onSkip?: (name: NodeGpuName, error: Error) => void;
};

/** Codes of errors after which the next backend is tried. */
const PASSED_OVER: ReadonlySet<string> = new Set(['no-backend', 'lost']);

/**
 * Starts the first of the preferred backends that works, makes it the one that TensorFlow.js uses, and registers gradients.
 * It never falls back to the CPU: each backend that does not start is reported, and if none starts it throws.
 * @throws RingformerError 'no-backend' with the reason and the remedy for each; 'bad-argument' for an unknown name.
 */
export async function startNodeGpu({
  prefer = ['cuda', 'webgpu'],
  onSkip = warn,
  ...rest
}: NodeGpuOptions = {}): Promise<Backend> {
  const names = [prefer].flat();
  if (names.length === 0)
    throw new RingformerError('bad-argument', '[ringformer/node-gpu] `prefer` is empty: name at least one backend.');
  const failures: string[] = [];
  for (const [i, name] of names.entries()) {
    try {
      return await startOne(name, rest);
    } catch (error) {
      if (!(error instanceof RingformerError) || !PASSED_OVER.has(error.code) || names.length === 1) throw error;
      failures.push(`${name}: ${error.message.replace('[ringformer/node-gpu] ', '')}`);
      if (i < names.length - 1) onSkip(name, error);
    }
  }
  throw new RingformerError(
    'no-backend',
    `[ringformer/node-gpu] No backend could start.\n${failures.map((why) => `  - ${why}`).join('\n')}`,
  );
}

async function startOne(name: NodeGpuName, options: WebGpuOptions): Promise<Backend> {
  if (name === 'webgpu') return (await import('./webgpu.ts')).startWebGpu(options);
  if (name === 'cuda' || name === 'tensorflow') return (await import('./tensorflow.ts')).startTensorflow(name, options);
  throw new RingformerError(
    'bad-argument',
    `[ringformer/node-gpu] There is no backend '${name}'; expected cuda, webgpu or tensorflow.`,
  );
}

function warn(name: NodeGpuName, error: Error): void {
  process.emitWarning(`${name} could not start, trying the next backend. ${error.message}`, 'RingformerWarning');
}
