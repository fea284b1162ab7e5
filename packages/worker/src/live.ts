import type { Backend } from '@ringformer/core/base';
import type { LosableBackend } from './recovery.ts';

/** A model in a worker. */
export type Live<M> = {
  /** Runs `work`. If the GPU is lost meanwhile, it loads the model again and runs `work` once more. */
  use<R>(work: (model: M) => R | Promise<R>): Promise<R>;
  dispose(): void;
};

/** A model on a backend that cannot be lost. */
export function lasting<M extends { dispose(): void }>(model: M): Live<M> {
  return { use: async (work) => work(model), dispose: () => model.dispose() };
}

/** A model on the backend from `start`; if the backend is lost, both are started again. */
export async function loadLive<M extends { dispose(): void }>(
  start: () => Promise<Backend>,
  load: (backend: Backend) => Promise<M>,
): Promise<Live<M>> {
  const backend = await start();
  if (backend.name === 'wasm' || !canBeLost(backend)) return lasting(await load(backend));
  const { withRecovery } = await import('./recovery.ts');
  return withRecovery(async () => watched(await start()), load);
}

const canBeLost = (backend: Backend): backend is LosableBackend => 'isLost' in backend;

const watched = (backend: Backend): LosableBackend =>
  canBeLost(backend) ? backend : { ...backend, isLost: () => false, lost: new Promise(() => {}) };

/** True if the backend can lose its GPU and has lost it. */
export const isLost = (backend: Backend): boolean => canBeLost(backend) && backend.isLost();

/** A stream that survives the loss of the GPU: the model streams the text again, and what was already yielded is skipped. */
export async function* liveStream<M>(
  live: Live<M>,
  open: (model: M) => AsyncGenerator<string, void, void>,
): AsyncGenerator<string, void, void> {
  let [told, read] = ['', ''];
  let from: M | undefined;
  let pieces: AsyncGenerator<string, void, void> | undefined;
  try {
    for (;;) {
      const piece = await live.use(async (model) => {
        if (from !== model) {
          [from, pieces, read] = [model, open(model), ''];
        }
        const source = pieces as AsyncGenerator<string, void, void>;
        let next = await source.next();
        while (!next.done && read.length + next.value.length <= told.length) {
          read += next.value;
          next = await source.next();
        }
        if (next.done) return undefined;
        const rest = next.value.slice(told.length - read.length);
        read += next.value;
        return rest;
      });
      if (piece === undefined) return;
      told += piece;
      yield piece;
    }
  } finally {
    await pieces?.return();
  }
}
