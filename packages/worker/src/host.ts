// What runs inside the worker: `@ringformer/worker/host`.
import { type Backend, RingformerError } from '@ringformer/core/base';
import type { WasmEngineBackend } from '@ringformer/wasm/engine';
import { type Endpoint, expose, proxy, transfer } from 'comlink';
import { hookCaller } from './hooks.ts';
import { once, serveModels } from './host-models.ts';
import { isLost } from './live.ts';
import { type Exposed, type Method, type Methods, type Pieces, READY } from './protocol.ts';
import { receiveSignal, replyOf } from './wire.ts';

export type ServeOptions = {
  /**
   * Starts the backend for training and for engine 'tfjs'; default `startWasm` of @ringformer/wasm. Called when first
   * needed.
   */
  readonly start?: (options: unknown) => Promise<Backend>;
  /** Default: the worker itself. */
  readonly endpoint?: Endpoint;
};

/**
 * Serves `startWorker` of @ringformer/worker. A worker's script needs only `serveWorker()`. Engines, backends and training
 * are loaded when first requested. Called again for the same endpoint, it does nothing: bundlers put what a worker loads
 * later into files that import its script, and WebKit then evaluates that script a second time.
 */
export function serveWorker({ start = startDefault, endpoint }: ServeOptions = {}): void {
  const own = endpoint ?? (globalThis as unknown as Endpoint);
  if (served.has(own)) return;
  served.add(own);
  let options: unknown;
  let lock: ReturnType<typeof holdLock> | undefined;
  const backend = once(() => start(options), isLost);
  const engine = once(async (): Promise<WasmEngineBackend> => (await import('@ringformer/wasm/engine')).startEngine());
  const models = serveModels({ backend, engine });
  const methods: { [M in keyof Methods]: Method<M> } = {
    ...models.methods,
    async start({ backend }) {
      options = backend;
      lock ??= holdLock();
      return lock;
    },
    async train(job, { hooks, signal }) {
      const { trainClassifier } = await import('./train.ts');
      return trainClassifier(await backend(), job, hooks, signal);
    },
  };
  const exposed: Exposed = {
    async call(method, args, { port, hooks: names }, remoteHooks) {
      const { controller, close } = receiveSignal(port);
      const { signal } = controller;
      const calls = hookCaller(remoteHooks, names ?? [], (error) => controller.abort(error));
      const reply = await replyOf(async () => {
        const work = methods[method] as Method<typeof method>;
        const value = await work(args, { signal, hooks: calls.hooks });
        await calls.settled();
        return value;
      }, signal);
      await calls.close();
      close();
      return reply.ok ? transfer(reply, buffersOf(reply.value)) : reply;
    },
    stream(args, { port, hooks: names }, remoteHooks): Pieces {
      const { controller, close } = receiveSignal(port);
      const { signal } = controller;
      const calls = hookCaller(remoteHooks, names ?? [], (error) => controller.abort(error));
      const pieces = models.stream(args, { signal, hooks: calls.hooks });
      const next = async () => {
        const piece = await pieces.next();
        await calls.settled();
        return piece;
      };
      return proxy({
        next: () => replyOf(next, signal),
        async return() {
          await pieces.return();
          await calls.close();
          close();
        },
      });
    },
  };
  expose(exposed, endpoint);
  own.postMessage(READY);
}

/** The endpoints that are served already, by whichever copy of this module. */
const SERVED = Symbol.for('ringformer.worker.served');
const shared = globalThis as { [SERVED]?: WeakSet<Endpoint> };
shared[SERVED] ??= new WeakSet();
const served = shared[SERVED];

async function startDefault(options: unknown): Promise<Backend> {
  const { startWasm } = await import('@ringformer/wasm');
  return startWasm(options as Parameters<typeof startWasm>[0]);
}

/** Takes a lock that becomes free when this worker is gone; see life.ts. */
function holdLock(): Promise<{ lock?: string }> {
  if (typeof navigator === 'undefined' || !navigator.locks) return Promise.resolve({});
  const lock = `ringformer-worker-${crypto.randomUUID()}`;
  return new Promise((resolve, reject) => {
    const held = () => {
      resolve({ lock });
      return new Promise<never>(() => {});
    };
    navigator.locks.request(lock, held).catch((cause: unknown) => {
      reject(new RingformerError('no-backend', '[ringformer/worker] The worker cannot take a Web Lock.', { cause }));
    });
  });
}

/** Weights are transferred, not copied. */
function buffersOf(value: unknown): Transferable[] {
  const { weights } = (value ?? {}) as { weights?: unknown };
  return weights instanceof Uint8Array ? [weights.buffer as ArrayBuffer] : [];
}
