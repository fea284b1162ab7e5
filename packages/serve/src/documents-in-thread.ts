import { Worker } from 'node:worker_threads';
import { RingformerError } from '@ringformer/core/base';
import type { Align, Alignment, DocumentOptions, Translate } from '@ringformer/documents';
import { errorOf, type PlainFailure } from './wire.ts';

/** `translateDocument` of @ringformer/documents, and an end to it when the signal is aborted. */
export type DocumentTranslator = (
  document: string,
  options: DocumentOptions & { readonly signal: AbortSignal },
  translate: Translate,
) => Promise<string>;

/** Translates documents in other threads. */
export type ThreadDocuments = { readonly translateDocument: DocumentTranslator; end(): Promise<void> };

/** What the thread is asked, and answered with. */
export type DocumentAsk =
  /** `aligns`: whether it may ask for alignments. */
  | (Pick<DocumentOptions, 'format' | 'from'> & { readonly document: string; readonly aligns: boolean })
  | { readonly translated: readonly string[] }
  | { readonly aligned: readonly (Alignment | undefined)[] }
  /** What it asked for failed: the document is given up. */
  | { readonly gaveUp: true };
/** What the thread says: texts to translate, translations to align, a warning, or how it ended. */
export type DocumentTell =
  | { readonly texts: readonly string[] }
  | { readonly pairs: Parameters<Align>[0] }
  | { readonly warning: { readonly message: string; readonly line: number } }
  | { readonly done: string }
  | { readonly failure: PlainFailure };

/**
 * Reads documents in threads of their own: some take a parser minutes, and nobody else shall wait for them. `script` calls
 * `answerDocuments` of @ringformer/serve/thread. At most `threads` documents are read at a time; others wait. A thread may take `memory` MiB. A thread whose
 * request is over is ended, and another started when it is needed.
 */
export function documentsInThread(
  script: URL,
  { threads = 2, memory = 512 }: { readonly threads?: number; readonly memory?: number } = {},
): ThreadDocuments {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const queue: (() => void)[] = [];
  let busy = 0;
  let over = false;

  function take(): Worker {
    const ready = idle.pop();
    if (ready) return ready;
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: memory } });
    worker.unref();
    all.add(worker);
    worker.on('error', () => {}); // 'exit' follows
    worker.on('exit', () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    return worker;
  }

  const translateDocument: DocumentTranslator = async (document, { signal, ...options }, translate) => {
    await turn(signal);
    const worker = take();
    try {
      signal.throwIfAborted();
      const text = await converse(worker, document, options, signal, translate);
      idle.push(worker);
      return text;
    } catch (error) {
      if (all.has(worker) && error instanceof Answered) idle.push(worker);
      else await worker.terminate();
      throw error instanceof Answered ? error.cause : error;
    } finally {
      const next = queue.shift(); // which has this one's place
      if (next) next();
      else busy--;
    }
  };

  /** Resolves when fewer than `threads` documents are being read. @throws the signal's reason */
  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (over) throw new RingformerError('lost', '[ringformer/serve] The threads that read documents have ended.');
    if (busy < threads) {
      busy++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        queue.splice(queue.indexOf(go), 1);
        reject(signal.reason);
      };
      queue.push(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    translateDocument,
    async end() {
      over = true;
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

/** A failure that the thread itself answered with: it can go on. */
class Answered extends Error {}

function converse(
  worker: Worker,
  document: string,
  { format, from, align, onWarning }: DocumentOptions,
  signal: AbortSignal,
  translate: Translate,
): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const say = (message: DocumentAsk) => worker.postMessage(message);
    let failed: { readonly error: unknown } | undefined;
    const answer = (promise: Promise<DocumentAsk>) =>
      promise.then(say, (error: unknown) => {
        failed = { error };
        say({ gaveUp: true });
      });
    const onMessage = (message: DocumentTell) => {
      if ('warning' in message) onWarning?.(message.warning);
      else if ('done' in message) settle(() => resolve(message.done));
      else if ('failure' in message)
        settle(() => reject(new Answered('', { cause: failed ? failed.error : errorOf(message.failure) })));
      else if ('texts' in message) answer(translate(message.texts).then((translated) => ({ translated })));
      else answer((align as Align)(message.pairs).then((aligned) => ({ aligned })));
    };
    const onError = (error: Error & { code?: string }) => {
      const much = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const failure = new RingformerError(
        'bad-text',
        '[ringformer/serve] This document takes too much memory. Send it in parts.',
      );
      settle(() => reject(much ? failure : error));
    };
    const onExit = (code: number) =>
      settle(() => reject(new Error(`The thread that read the document ended with code ${code}.`)));
    const onAbort = () => settle(() => reject(signal.reason));
    const settle = (then: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal.removeEventListener('abort', onAbort);
      then();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    say({ document, format, from, aligns: align !== undefined });
  });
}
