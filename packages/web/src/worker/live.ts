import type { Backend } from '@ringformer/core/base';
import type { WebBackend } from '../types.ts';

/** A model in a worker. */
export type Live<M> = {
  /** Runs `work`; where the GPU is lost meanwhile, loads the model anew and runs it once more. */
  use<R>(work: (model: M) => R | Promise<R>): Promise<R>;
  dispose(): void;
};

/** A model on what cannot be lost. */
export function lasting<M extends { dispose(): void }>(model: M): Live<M> {
  return { use: async (work) => work(model), dispose: () => model.dispose() };
}

/** A model on a backend, which `start` starts, anew where it is lost. */
export async function loadLive<M extends { dispose(): void }>(
  start: () => Promise<Backend>,
  load: (backend: Backend) => Promise<M>,
): Promise<Live<M>> {
  const backend = await start();
  if (!canBeLost(backend)) return lasting(await load(backend));
  const { withRecovery } = await import('../recovery.ts');
  return withRecovery(start as () => Promise<WebBackend>, load);
}

const canBeLost = (backend: Backend) => backend.name !== 'wasm' && 'isLost' in backend;

/** True for a backend that `startWeb` started, and whose GPU is gone. */
export const isLost = (backend: Backend): boolean => 'isLost' in backend && (backend as WebBackend).isLost();

/** A stream that goes on where it was when the GPU is lost: the model streams the same text again, less what was told. */
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
