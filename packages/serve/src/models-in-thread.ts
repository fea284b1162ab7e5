import { Worker } from 'node:worker_threads';
import { RingformerError, threadArgs } from '@ringformer/core/base';
import type { TextWarning } from '@ringformer/seq2seq/engine';
import type { Models, ServedTranslator } from './options.ts';
import { type Ask, errorOf, type Facts, type Guesses, type Port, type Tell } from './wire.ts';

/** Models in another thread. */
export type ThreadModels = {
  readonly models: Models;
  /** Resolves when the thread has ended, with the reason; pending calls are rejected with it ('lost'). */
  readonly ended: Promise<Error>;
  end(): Promise<void>;
};

type Call = {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onWarning?(warning: TextWarning): void;
  onPiece?(piece: string): void;
};

/**
 * Models in a thread of their own, so that the server takes and answers requests while they compute. `script` calls
 * `answerModels` of @ringformer/serve/thread; `data` is its `workerData`.
 * @throws what kept the models from loading; RingformerError 'no-backend' if the script cannot be loaded
 */
export async function modelsInThread(script: URL, data?: unknown): Promise<ThreadModels> {
  const worker = new Worker(script, { workerData: data, execArgv: threadArgs() });
  let tell = (_: Error) => {};
  const ended = new Promise<Error>((resolve) => {
    tell = resolve;
  });
  let failure: unknown;
  worker.on('error', (cause) => {
    failure = cause;
  });
  worker.on('exit', (code) => {
    const why = failure instanceof Error ? failure.message : `it ended with code ${code}`;
    tell(
      new RingformerError('lost', `[ringformer/serve] The thread with the models is gone: ${why}.`, { cause: failure }),
    );
  });
  try {
    const models = await modelsBehind(worker, ended);
    return { models, ended, end: async () => void (await worker.terminate()) };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** The models that `answerModels` answers with at the other end of a port, which is gone once `ended`. */
export async function modelsBehind(port: Port, ended: Promise<Error>): Promise<Models> {
  const calls = new Map<number, Call>();
  let count = 0;
  let gone: Error | undefined;
  const facts = new Promise<Facts>((resolve, reject) => {
    port.on('message', (told) => {
      const message = told as Tell;
      if ('facts' in message) return resolve(message.facts);
      if ('unable' in message) return reject(errorOf(message.unable));
      const call = calls.get(message.id);
      if ('warning' in message) return call?.onWarning?.(message.warning);
      if ('piece' in message) return call?.onPiece?.(message.piece);
      calls.delete(message.id);
      if ('failure' in message) call?.reject(errorOf(message.failure));
      else call?.resolve(message.value);
    });
    ended.then((error) => {
      gone = error;
      reject(error);
      for (const call of calls.values()) call.reject(error);
      calls.clear();
    });
  });

  /** Asks, and passes on the end of the caller's signal. */
  function ask(
    what: (id: number) => Ask,
    { signal, onWarning }: { readonly signal?: AbortSignal; onWarning?(warning: TextWarning): void } = {},
    onPiece?: (piece: string) => void,
  ): Promise<unknown> {
    signal?.throwIfAborted();
    if (gone) throw gone;
    const id = ++count;
    const stop = () => {
      port.postMessage({ id, call: 'abort' } satisfies Ask);
      calls.get(id)?.reject(signal?.reason);
      calls.delete(id);
    };
    const answer = new Promise<unknown>((resolve, reject) => {
      calls.set(id, { resolve, reject, onWarning, onPiece });
    });
    port.postMessage(what(id));
    signal?.addEventListener('abort', stop, { once: true });
    return answer.finally(() => signal?.removeEventListener('abort', stop));
  }

  const { translators, classifier } = await facts;
  return {
    translators: translators.map(
      ({ config, aligns }, model): ServedTranslator => ({
        config,
        translateDetailed: async (texts, { signal, onWarning, onProgress: _, ...options } = {}) =>
          ask((id) => ({ id, call: 'translate', model, texts, options }), { signal, onWarning }) as never,
        nBest: async (text, { signal, onWarning, ...options } = {}) =>
          ask((id) => ({ id, call: 'nBest', model, text, options }), { signal, onWarning }) as never,
        ...(aligns && {
          align: async (pairs, { signal, ...options } = {}) =>
            ask((id) => ({ id, call: 'align', model, pairs, options }), { signal }) as never,
        }),
        stream: (text, { signal, onWarning, ...options } = {}) =>
          pieces(
            (onPiece, own) =>
              ask((id) => ({ id, call: 'stream', model, text, options }), { signal: own, onWarning }, onPiece),
            signal,
          ),
      }),
    ),
    ...(classifier && {
      classifier: {
        transform: classifier.transform,
        classifier: {
          config: classifier.config,
          classify: async (images, options = {}) =>
            (await ask((id) => ({ id, call: 'classify', images, options }))) as Guesses,
        },
      },
    }),
  };
}

/** What `start` gives its callback, piece by piece; leaving the loop early aborts it. */
async function* pieces(
  start: (onPiece: (piece: string) => void, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  const own = new AbortController();
  const all = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  const ready: string[] = [];
  let over = false;
  let failed: { readonly error: unknown } | undefined;
  let wake = () => {};
  start((piece) => {
    ready.push(piece);
    wake();
  }, all)
    .catch((error: unknown) => {
      failed = { error };
    })
    .finally(() => {
      over = true;
      wake();
    });
  try {
    for (;;) {
      const piece = ready.shift();
      if (piece !== undefined) yield piece;
      else if (failed) throw failed.error;
      else if (over) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    own.abort();
  }
}
