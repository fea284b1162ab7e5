import type { WebBackendName } from '@ringformer/web';
import { type RingWorker, startWorker } from '@ringformer/worker';

/** What computes: our engine, TensorFlow.js on a backend, or a server that translates. */
export type EngineName = 'engine' | WebBackendName | 'server';

export const ENGINES: Readonly<Record<EngineName, string>> = {
  engine: 'WebAssembly, our engine',
  wasm: 'WebAssembly, TensorFlow.js',
  webgl: 'WebGL',
  webgpu: 'WebGPU',
  server: 'A RingFormer server',
};

/** WebGL and WebGPU may be missing; whether they compute correctly is checked when they start. */
export function availableEngines(): EngineName[] {
  const webgl = typeof OffscreenCanvas !== 'undefined' && Boolean(new OffscreenCanvas(1, 1).getContext('webgl2'));
  return [
    'engine',
    'wasm',
    ...(webgl ? (['webgl'] as const) : []),
    ...('gpu' in navigator ? (['webgpu'] as const) : []),
    'server',
  ];
}

/** The backend for an engine, and how to load models for it. With a server, all but translation runs here. */
export const settingsOf = (engine: EngineName) =>
  engine === 'engine' || engine === 'server'
    ? ({ backend: 'wasm', load: 'wasm' } as const)
    : ({ backend: engine, load: 'tfjs' } as const);

const workers = new Map<string, Promise<RingWorker>>();

/** The worker of a backend, started when it is first needed, and again after it has ended. */
export function workerFor(backend: WebBackendName, purpose = 'models'): Promise<RingWorker> {
  const key = `${purpose} ${backend}`;
  const found = workers.get(key);
  if (found) return found;
  const forget = () => workers.delete(key);
  const made = startWorker(() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }), {
    backend: { backend },
  });
  workers.set(key, made);
  made.then(({ ended }) => ended).then(forget, forget);
  return made;
}
