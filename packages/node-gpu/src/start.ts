import { type Backend, RingformerError } from '@ringformer/core/base';
import type { WebGpuOptions } from './webgpu.ts';

/** What this package starts: TensorFlow on CUDA, WebGPU by Dawn, TensorFlow on whatever it chooses. */
export type NodeGpuName = 'cuda' | 'webgpu' | 'tensorflow';

export type NodeGpuOptions = WebGpuOptions & {
  /** What to start, or what to try in turn: ['cuda', 'webgpu'] where absent. */
  readonly prefer?: NodeGpuName | readonly NodeGpuName[];
  /** Told of each that does not start before the next is tried; a process warning where absent. */
  readonly onSkip?: (name: NodeGpuName, error: Error) => void;
};

/** Codes of errors that let the next backend be tried. */
const PASSED_OVER: ReadonlySet<string> = new Set(['no-backend', 'lost']);

/**
 * Starts the first of the preferred backends that starts, makes it the one that TensorFlow.js uses, and registers
 * gradients. No CPU takes a GPU's place: what does not start is told of, and none is an error.
 * @throws RingformerError 'no-backend' with the reason and the remedy for each; 'bad-argument' for an unknown name.
 */
export async function startNodeGpu({
  prefer = ['cuda', 'webgpu'],
  onSkip = warn,
  ...rest
}: NodeGpuOptions = {}): Promise<Backend> {
  const names = [prefer].flat();
  if (names.length === 0) throw new RingformerError('bad-argument', '[ringformer/node-gpu] `prefer` names no backend.');
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
    `[ringformer/node-gpu] No backend starts.\n${failures.map((why) => `  - ${why}`).join('\n')}`,
  );
}

async function startOne(name: NodeGpuName, options: WebGpuOptions): Promise<Backend> {
  if (name === 'webgpu') return (await import('./webgpu.ts')).startWebGpu(options);
  if (name === 'cuda' || name === 'tensorflow') return (await import('./tensorflow.ts')).startTensorflow(name, options);
  throw new RingformerError(
    'bad-argument',
    `[ringformer/node-gpu] There is no backend '${name}': cuda, webgpu or tensorflow.`,
  );
}

function warn(name: NodeGpuName, error: Error): void {
  process.emitWarning(`${name} does not start, the next backend is tried. ${error.message}`, 'RingformerWarning');
}
