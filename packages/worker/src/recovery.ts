// Loads models again when their GPU is lost: `@ringformer/worker/recovery`.
import { type Backend, RingformerError } from '@ringformer/core/base';

/** A backend that can lose its GPU, such as those from `startWeb` of @ringformer/web. */
export type LosableBackend = Backend & {
  /** True once the GPU's context is lost. */
  isLost(): boolean;
  /** Resolves with the reason when the context is lost. */
  readonly lost: Promise<string>;
};

/** Something on a backend that is loaded again when the GPU is lost. */
export type Recovering<T, B extends LosableBackend = LosableBackend> = {
  /**
   * Runs `work` with what was loaded. If the GPU is lost meanwhile, it starts a backend, loads again, and runs `work`
   * once more from its beginning. Other errors of `work` are passed on.
   * @throws RingformerError 'lost' if the GPU is lost a second time, 'no-backend' if no backend starts.
   */
  use<R>(work: (loaded: T, backend: B) => R | Promise<R>): Promise<R>;
  /** The backend in use now. */
  readonly backend: B;
  dispose(): void;
};

type Live<T, B> = { readonly backend: B; readonly loaded: T };

/**
 * Starts a backend, loads onto it, and does both again whenever its context is lost.
 *
 *     const translator = await withRecovery(() => startWeb(), (backend) => loadTranslator(model, backend));
 *     await translator.use((t) => t.translate('Guten Morgen!'));
 *
 * `onLost` gets the reason before anything is started again.
 */
export async function withRecovery<T extends { dispose(): void }, B extends LosableBackend>(
  start: () => Promise<B>,
  load: (backend: B) => T | Promise<T>,
  { onLost }: { readonly onLost?: (reason: string) => void } = {},
): Promise<Recovering<T, B>> {
  const make = async (): Promise<Live<T, B>> => {
    const backend = await start();
    return { backend, loaded: await load(backend) };
  };
  let live = await make();
  let renewal: Promise<Live<T, B>> | undefined;

  /** All calls affected by the same loss wait for one renewal. */
  const renew = async (dead: Live<T, B>): Promise<Live<T, B>> => {
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
        'lost',
        `[ringformer/worker] The GPU was lost twice during one call (${await again.backend.lost}). Use a smaller model or batch, or the wasm backend.`,
      );
    },
    get backend() {
      return live.backend;
    },
    dispose: () => free(live.loaded),
  };
}

/** The result of `work`, or undefined if the GPU was lost: then neither a result nor an error means anything. */
async function attempt<T, B extends LosableBackend, R>(
  { backend, loaded }: Live<T, B>,
  work: (loaded: T, backend: B) => R | Promise<R>,
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

/** WebGPU reports a loss through a promise, which may settle after those of the calls that it ended. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Tensors of a lost context count as alive until they are disposed of; if that fails, it does not matter. */
function free(loaded: { dispose(): void }): void {
  try {
    loaded.dispose();
  } catch {}
}
