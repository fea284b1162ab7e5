import { type Backend, RingformerError } from '@ringformer/core/base';
import type { Transform } from '@ringformer/images';
import type { Translator } from '@ringformer/seq2seq/engine';
import type { Classifier } from '@ringformer/vit';
import type { WasmEngineBackend } from '@ringformer/wasm/engine';
import { openModel } from './files/open-model.ts';
import type { ModelAt } from './files/places.ts';
import { type Live, lasting, liveStream, loadLive } from './live.ts';
import type { Context, LoadArgs, Method, Methods, StreamArgs } from './protocol.ts';

type Engines = { backend(): Promise<Backend>; engine(): Promise<WasmEngineBackend> };
type ModelMethods = Omit<Methods, 'start' | 'train'>;
type Held =
  | { readonly kind: 'translator'; readonly live: Live<Translator> }
  | { readonly kind: 'classifier'; readonly live: Live<Classifier>; readonly transform?: Transform };

/** The models of a worker by number: loads, uses and disposes of them. */
export function serveModels({ backend, engine: started }: Engines) {
  const held = new Map<number, Held>();
  let count = 0;
  const hold = (one: Held) => {
    held.set(++count, one);
    return count;
  };
  const find = <K extends Held['kind']>(id: number, kind: K) => {
    const found = held.get(id);
    if (found?.kind === kind) return found as Extract<Held, { kind: K }>;
    throw new RingformerError('bad-argument', `[ringformer/worker] The ${kind} was disposed. Load it again.`);
  };

  const methods: { [M in keyof ModelMethods]: Method<M> } = {
    async loadTranslator(args, context) {
      const { engine = 'wasm', precision, threads } = args;
      const roles = ['config', 'weights', 'tokenizer'] as const;
      const opened = await openModel(args.at as ModelAt<(typeof roles)[number]>, { ...opening(args, context), roles });
      const { files, readBytes, fresh, kept } = opened;
      const { signal } = context;
      const load = async () => {
        if (engine === 'wasm') {
          const { loadTranslator } = await import('@ringformer/seq2seq/engine');
          return lasting(await loadTranslator(files, await started(), { readBytes, precision, threads, signal }));
        }
        const { loadTranslator } = await import('@ringformer/seq2seq');
        // no signal: a lost model may be loaded again long after this call
        return loadLive(backend, (on) => loadTranslator(files, on, { readBytes, engine: 'tfjs' }));
      };
      const live = await load();
      const told = await live.use(({ config, engine }) => ({ config, engine }));
      return { id: hold({ kind: 'translator', live }), ...told, fresh, kept };
    },
    translateBatch: async ({ id, texts, options }, { signal, hooks: { onSentences, onTextWarning } }) =>
      find(id, 'translator').live.use((model) =>
        model.translateBatch(texts, { ...options, signal, onProgress: onSentences, onWarning: onTextWarning }),
      ),
    translateDetailed: async ({ id, texts, options }, { signal, hooks: { onSentences, onTextWarning } }) =>
      find(id, 'translator').live.use((model) =>
        model.translateDetailed(texts, { ...options, signal, onProgress: onSentences, onWarning: onTextWarning }),
      ),
    nBest: async ({ id, text, options }, { signal, hooks: { onTextWarning } }) =>
      find(id, 'translator').live.use((model) => model.nBest(text, { ...options, signal, onWarning: onTextWarning })),
    inspect: async ({ id, texts }) =>
      find(id, 'translator').live.use((model) => {
        if (model.inspect) return model.inspect(texts);
        throw onlyTensors();
      }),

    async loadClassifier(args, context) {
      const { engine = 'wasm', precision, threads } = args;
      const opened = await openModel(args.at as ModelAt, opening(args, context));
      const { config, weights, transform } = opened.files;
      if (!config || !weights) {
        throw new RingformerError(
          'bad-file',
          "[ringformer/worker] The manifest lists no 'config' or no 'weights'. A classifier needs both.",
        );
      }
      const { readBytes, fresh, kept } = opened;
      const files = { config, weights };
      const load = async (): Promise<Live<Classifier>> => {
        if (engine === 'wasm') {
          const { loadClassifier } = await import('@ringformer/vit/engine');
          return lasting(await loadClassifier(files, await started(), { readBytes, precision, threads }));
        }
        const { loadClassifier } = await import('@ringformer/vit');
        return loadLive(backend, (on) => loadClassifier(files, on, { readBytes, engine: 'tfjs' }));
      };
      const live = await load();
      const told = await live.use(({ config, engine }) => ({ config, engine }));
      const held: Held = {
        kind: 'classifier',
        live,
        ...(transform ? { transform: JSON.parse(new TextDecoder().decode(await readBytes(transform))) } : {}),
      };
      return { id: hold(held), ...told, fresh, kept };
    },
    async classify({ id, images, options }) {
      const { live, transform } = find(id, 'classifier');
      if (images instanceof Float32Array) return live.use((model) => model.classify(images, options));
      const { numbersOf } = await import('./numbers.ts'); // pages that only translate do not load the image code
      const numbers = numbersOf(images, transform);
      return live.use((model) => model.classify(numbers, options));
    },
    async inspectImage({ id, image }) {
      const { live, transform } = find(id, 'classifier');
      const numbers =
        image instanceof Float32Array ? image : (await import('./numbers.ts')).numbersOf([image], transform);
      return live.use((model) => {
        if (model.inspect) return model.inspect(numbers);
        throw onlyTensors();
      });
    },
    async dispose({ id }) {
      held.get(id)?.live.dispose();
      held.delete(id);
      return undefined;
    },
  };
  return {
    methods,
    async *stream(
      { id, text, options }: StreamArgs,
      { signal, hooks: { onTextWarning } }: Context,
    ): AsyncGenerator<string, void, void> {
      yield* liveStream(find(id, 'translator').live, (model) =>
        model.stream(text, { ...options, signal, onWarning: onTextWarning }),
      );
    },
  };
}

const onlyTensors = () =>
  new RingformerError(
    'bad-argument',
    "[ringformer/worker] Only engine 'tfjs' can inspect. Load the model with engine: 'tfjs'.",
  );

const opening = ({ cache }: LoadArgs, { signal, hooks: { onBytes, onWarning } }: Context) => ({
  signal,
  onProgress: onBytes,
  onWarning,
  cache,
});

/** Calls `make` when its result is first needed, and again after a failure or once the result has `ended`. */
export function once<T>(make: () => Promise<T>, ended: (made: T) => boolean = () => false): () => Promise<T> {
  let made: Promise<T> | undefined;
  const start = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return async () => {
    const now = start();
    const found = await now;
    if (!ended(found)) return found;
    if (made === now) made = undefined;
    return start();
  };
}
