import { Worker } from 'node:worker_threads';
import { RingformerError, threadArgs } from '@ringformer/core/base';
import type { Align, Alignment, DocumentOptions, Translate } from '@ringformer/documents';
import type { ReadImageOptions } from './read-image.ts';
import { errorOf, type PlainFailure } from './wire.ts';

/** `translateDocument` of @ringformer/documents, and an end to it when the signal is aborted. */
export type DocumentTranslator = (
  document: string,
  options: DocumentOptions & { readonly signal: AbortSignal },
  translate: Translate,
) => Promise<string>;

/** The pixels of an image file as a classifier takes them, and an end to it when the signal is aborted. */
export type ImageReader = (
  bytes: Uint8Array,
  options: ReadImageOptions & { readonly signal: AbortSignal },
) => Promise<Float32Array>;

/** Translates documents and decodes images in other threads. */
export type ThreadDocuments = {
  readonly translateDocument: DocumentTranslator;
  readonly readImage: ImageReader;
  end(): Promise<void>;
};

/** What the thread is asked, and answered with. */
export type DocumentAsk =
  /** `aligns`: whether it may ask for alignments. */
  | (Pick<DocumentOptions, 'format' | 'from'> & { readonly document: string; readonly aligns: boolean })
  | { readonly translated: readonly string[] }
  | { readonly aligned: readonly (Alignment | undefined)[] }
  /** What it asked for failed: the document is given up. */
  | { readonly gaveUp: true }
  | (ReadImageOptions & { readonly image: Uint8Array });
/** What the thread says: texts to translate, translations to align, a warning, or how it ended. */
export type DocumentTell =
  | { readonly texts: readonly string[] }
  | { readonly pairs: Parameters<Align>[0] }
  | { readonly warning: { readonly message: string; readonly line: number } }
  | { readonly done: string | Float32Array }
  | { readonly failure: PlainFailure };

/**
 * Reads documents and images in threads of their own: some take minutes, and nobody else shall wait for them. `script` calls
 * `answerDocuments` of @ringformer/serve/thread. At most `threads` are read at a time; others wait. A thread may take
 * `memory` MiB. A thread whose request is over is ended, and another started when it is needed.
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
    const worker = new Worker(script, { execArgv: threadArgs(), resourceLimits: { maxOldGenerationSizeMb: memory } });
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

  const translateDocument: DocumentTranslator = async (document, { signal, ...options }, translate) =>
    (await inThread(signal, (worker) => converse(worker, document, options, signal, translate))) as string;
  const readImage: ImageReader = async (image, { signal, transform, invert }) =>
    (await inThread(signal, (worker) => hear(worker, { image, transform, invert }, signal))) as Float32Array;

  /** Does something with a thread of its own. */
  async function inThread<T>(signal: AbortSignal, work: (worker: Worker) => Promise<T>): Promise<T> {
    await turn(signal);
    const worker = take();
    try {
      signal.throwIfAborted();
      const done = await work(worker);
      idle.push(worker);
      return done;
    } catch (error) {
      if (all.has(worker) && error instanceof Answered) idle.push(worker);
      else await worker.terminate();
      throw error instanceof Answered ? error.cause : error;
    } finally {
      const next = queue.shift(); // which has this one's place
      if (next) next();
      else busy--;
    }
  }

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
    readImage,
    async end() {
      over = true;
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

/** A failure that the thread itself answered with: it can go on. */
class Answered extends Error {}

/** Has a document translated: the thread asks for translations, and where their markup belongs. */
function converse(
  worker: Worker,
  document: string,
  { format, from, align, onWarning }: DocumentOptions,
  signal: AbortSignal,
  translate: Translate,
): Promise<string | Float32Array> {
  let failed: { readonly error: unknown } | undefined;
  const answer = (promise: Promise<DocumentAsk>) =>
    promise
      .catch((error: unknown): DocumentAsk => {
        failed = { error };
        return { gaveUp: true };
      })
      .then((message) => worker.postMessage(message));
  const ask = { document, format, from, aligns: align !== undefined };
  return hear(worker, ask, signal, (message) => {
    if ('warning' in message) onWarning?.(message.warning);
    else if ('texts' in message) answer(translate(message.texts).then((translated) => ({ translated })));
    else if ('pairs' in message) answer((align as Align)(message.pairs).then((aligned) => ({ aligned })));
  }).catch((error: unknown) => {
    throw error instanceof Answered && failed ? new Answered('', { cause: failed.error }) : error;
  });
}

/** Asks a thread for something. @throws Answered with the thread's own failure as its cause; what ended the thread */
function hear(
  worker: Worker,
  ask: DocumentAsk,
  signal: AbortSignal,
  onOther: (message: DocumentTell) => void = () => {},
): Promise<string | Float32Array> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: DocumentTell) => {
      if ('done' in message) settle(() => resolve(message.done));
      else if ('failure' in message) settle(() => reject(new Answered('', { cause: errorOf(message.failure) })));
      else onOther(message);
    };
    const onError = (error: Error & { code?: string }) => {
      const much = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const what =
        'document' in ask ? 'document takes too much memory. Send it in parts.' : 'image takes too much memory.';
      const failure = new RingformerError('bad-text', `[ringformer/serve] This ${what}`);
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
    worker.postMessage(ask);
  });
}
