import { RingformerError } from '@ringformer/core';
import type { WebBackend } from './types.ts';

/** Something on a backend that is made anew where the GPU is lost. */
export type Recovering<T> = {
  /**
   * Runs `work` with what was loaded. Where the GPU is lost meanwhile, it starts a backend and loads anew, and runs
   * `work` once more from its beginning. Its other errors are passed on.
   * @throws RingformerError 'no-backend' where the GPU is lost a second time, or no backend starts.
   */
  use<R>(work: (loaded: T, backend: WebBackend) => R | Promise<R>): Promise<R>;
  /** The backend that is used now. */
  readonly backend: WebBackend;
  dispose(): void;
};

type Live<T> = { readonly backend: WebBackend; readonly loaded: T };

/**
 * Starts a backend, loads onto it, and does both again whenever its context is lost.
 *
 *     const translator = await withRecovery(() => startWeb(), (backend) => loadTranslator(model, backend));
 *     await translator.use((t) => t.translate('Guten Morgen!'));
 *
 * `onLost` hears the reason before anything is made anew.
 */
export async function withRecovery<T extends { dispose(): void }>(
  start: () => Promise<WebBackend>,
  load: (backend: WebBackend) => T | Promise<T>,
  { onLost }: { readonly onLost?: (reason: string) => void } = {},
): Promise<Recovering<T>> {
  const make = async (): Promise<Live<T>> => {
    const backend = await start();
    return { backend, loaded: await load(backend) };
  };
  let live = await make();
  let renewal: Promise<Live<T>> | undefined;

  /** All calls that met the same loss wait for one renewal. */
  const renew = async (dead: Live<T>): Promise<Live<T>> => {
    if (live !== dead) return live;
    renewal ??= (async () => {
      onLost?.(await dead.backend.lost);
      free(dead.loaded);
      live = await make();
      return live;
    })().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };

  return {
    async use(work) {
      const first = live.backend.isLost() ? await renew(live) : live;
      const found = await attempt(first, work);
      if (found) return found.result;
      const again = await renew(first);
      const second = await attempt(again, work);
      if (second) return second.result;
      throw new RingformerError(
        'no-backend',
        `[ringformer/web] The GPU was lost twice during one call (${await again.backend.lost}). Use a smaller model or batch, or the backend wasm.`,
      );
    },
    get backend() {
      return live.backend;
    },
    dispose: () => free(live.loaded),
  };
}

/** What `work` gives, or nothing where the GPU was lost: then neither a result nor an error means anything. */
async function attempt<T, R>(
  { backend, loaded }: Live<T>,
  work: (loaded: T, backend: WebBackend) => R | Promise<R>,
): Promise<{ result: R } | undefined> {
  try {
    const result = await work(loaded, backend);
    await settled();
    return backend.isLost() ? undefined : { result };
  } catch (error) {
    await settled();
    if (backend.isLost()) return undefined;
    throw error;
  }
}

/** WebGPU tells of a loss by a promise, which may settle after those of the calls that it ended. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Tensors of a lost context count as alive until they are disposed; that this may fail changes nothing. */
function free(loaded: { dispose(): void }): void {
  try {
    loaded.dispose();
  } catch {}
}
