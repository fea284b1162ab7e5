import { checkOptions, type EngineOptions, kindOf, RingformerError } from '@ringformer/core/base';
import type { Image } from '@ringformer/images';
import type { Translator } from '@ringformer/seq2seq/engine';
import type { Classifier, ClassifyOptions, Guess, ImageInspection } from '@ringformer/vit';
import { wrap } from 'comlink';
import { type Caller, callerOf } from './caller.ts';
import { type ModelAt, plainPlace } from './files/places.ts';
import { lifeOf, type WorkerLike } from './life.ts';
import { type Exposed, type LoadArgs, type Loaded, READY } from './protocol.ts';
import type { Trained, TrainHooks, TrainJob } from './train-job.ts';

export type WorkerOptions = {
  /** Passed to `start` of `serveWorker`: plain data, by default the options of `startWasm`. */
  readonly backend?: unknown;
  /** Milliseconds that the worker has to load its script and answer; default 30,000. Infinity: no limit. */
  readonly timeout?: number;
};

/** How to load a model. The engine 'wasm' (the default) runs only rings and needs no backend. */
export type LoadInWorker = EngineOptions &
  Pick<LoadArgs, 'engine' | 'cache'> & {
    readonly signal?: AbortSignal;
    /** Bytes loaded so far and in total, over all files. */
    readonly onProgress?: (bytes: { loaded: number; total: number }) => void;
    /** Default `console.warn`. */
    readonly onWarning?: (message: string) => void;
  };

/** A translator in the worker; its methods are those of `Translator`. */
export type RemoteTranslator = Pick<
  Translator,
  'config' | 'engine' | 'translate' | 'translateBatch' | 'translateDetailed' | 'nBest' | 'stream' | 'inspect'
> &
  Omit<Loaded, 'id'> & { dispose(): Promise<void> };

/** A classifier in the worker. */
export type RemoteClassifier = Pick<Classifier, 'config' | 'engine'> &
  Omit<Loaded, 'id'> & {
    /** Takes numbers [b c h w] as in training, or images, which the model's own transform turns into numbers. */
    classify(images: Float32Array | readonly Image[], options?: ClassifyOptions): Promise<Guess[][]>;
    /** What the model looked at in one image, level by level. Only with engine: 'tfjs'. */
    inspect?(image: Float32Array | Image): Promise<ImageInspection>;
    dispose(): Promise<void>;
  };

/** A worker that translates, classifies and trains. When it ends, all pending calls are rejected ('lost'). */
export type RingWorker = {
  loadTranslator(at: ModelAt, options?: LoadInWorker): Promise<RemoteTranslator>;
  loadClassifier(at: ModelAt, options?: LoadInWorker): Promise<RemoteClassifier>;
  /** Trains an image classifier; see `TrainJob`. The data is copied to the worker. */
  train(job: TrainJob, options?: TrainHooks & { readonly signal?: AbortSignal }): Promise<Trained>;
  /** Resolves when the worker has ended, for whatever reason, with the error that pending calls are rejected with. */
  readonly ended: Promise<RingformerError>;
  /** Ends the worker immediately. Only this frees all of its memory. */
  terminate(): void;
};

/**
 * Starts a worker whose script calls `serveWorker` of @ringformer/worker/host:
 * `startWorker(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }))`. Bundlers recognise this
 * form.
 * @throws RingformerError 'no-backend' if the script cannot be loaded or does not answer in time; 'bad-argument'.
 */
export async function startWorker(make: () => WorkerLike, options: WorkerOptions = {}): Promise<RingWorker> {
  checkOptions('[ringformer/worker] startWorker', options, ['backend', 'timeout'] satisfies (keyof WorkerOptions)[]);
  const { backend, timeout = 30_000 } = options;
  if (!(typeof timeout === 'number' && timeout > 0)) {
    throw new RingformerError(
      'bad-argument',
      `[ringformer/worker] startWorker: timeout is ${kindOf(timeout)}; expected a positive number of milliseconds, or Infinity.`,
    );
  }
  const worker = make();
  const ready = readinessOf(worker);
  const life = lifeOf(worker);
  const remote = wrap<Exposed>(worker);
  const caller = callerOf(remote, life);
  const timer =
    timeout < 2 ** 31
      ? setTimeout(
          () => life.end(`it did not answer within ${timeout / 1000} s. ${ADVICE}`, undefined, 'no-backend'),
          timeout,
        )
      : undefined;
  try {
    const start = () => caller.call('start', { backend });
    // a script that serves late, for example after an import(), has missed the first call
    const { lock } = await Promise.race([start(), ready.then(start)]);
    life.watch(lock);
  } catch (error) {
    life.end('it did not start', error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    loadTranslator: (at, options) => loadTranslator(caller, at, options),
    loadClassifier: (at, options) => loadClassifier(caller, at, options),
    train: (job, options) => caller.call('train', job, options),
    ended: life.ended,
    terminate: () => life.end('terminate() was called'),
  };
}

const ADVICE =
  "Its script must call serveWorker() of @ringformer/worker/host, and be loaded with { type: 'module' } if it has imports; " +
  'if it only takes long to load, give `timeout` more milliseconds';

/** Resolves when the worker says that it serves. */
function readinessOf(worker: WorkerLike): Promise<void> {
  return new Promise((resolve) => {
    const listen = (event: Event) => {
      if ((event as MessageEvent).data !== READY) return;
      worker.removeEventListener('message', listen);
      resolve();
    };
    worker.addEventListener('message', listen);
  });
}

async function loadTranslator(caller: Caller, at: ModelAt, given: LoadInWorker = {}): Promise<RemoteTranslator> {
  const { args, hooks } = split(at, given);
  const { id, ...facts } = await caller.call('loadTranslator', args, hooks);
  const translateBatch: Translator['translateBatch'] = (
    texts,
    { signal, onProgress, onWarning: onTextWarning, ...options } = {},
  ) => caller.call('translateBatch', { id, texts, options }, { signal, onSentences: onProgress, onTextWarning });
  return {
    ...facts,
    translateBatch,
    translate: async (text, options) => (await translateBatch([text], options))[0] as string,
    translateDetailed: (texts, { signal, onProgress, onWarning: onTextWarning, ...options } = {}) =>
      caller.call('translateDetailed', { id, texts, options }, { signal, onSentences: onProgress, onTextWarning }),
    nBest: (text, { signal, onWarning: onTextWarning, ...options } = {}) =>
      caller.call('nBest', { id, text, options }, { signal, onTextWarning }),
    inspect: facts.engine === 'tfjs' ? (texts) => caller.call('inspect', { id, texts }) : undefined,
    stream: (text, { signal, onWarning: onTextWarning, ...options } = {}) =>
      caller.stream({ id, text, options }, { signal, onTextWarning }),
    dispose: () => caller.call('dispose', { id }),
  };
}

async function loadClassifier(caller: Caller, at: ModelAt, given: LoadInWorker = {}): Promise<RemoteClassifier> {
  const { args, hooks } = split(at, given);
  const { id, ...facts } = await caller.call('loadClassifier', args, hooks);
  return {
    ...facts,
    classify: (images, options = {}) => caller.call('classify', { id, images, options }),
    inspect: facts.engine === 'tfjs' ? (image) => caller.call('inspectImage', { id, image }) : undefined,
    dispose: () => caller.call('dispose', { id }),
  };
}

function split(
  at: ModelAt,
  { signal, onProgress, onWarning = (message) => console.warn(message), ...rest }: LoadInWorker,
) {
  const hooks = { signal, onBytes: onProgress, onWarning };
  return { args: { at: plainPlace(at), ...rest }, hooks };
}
