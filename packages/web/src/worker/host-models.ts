import { type Backend, RingformerError } from '@ringformer/core/base';
import type { Transform } from '@ringformer/images';
import type { Translator } from '@ringformer/seq2seq/fused';
import type { Classifier } from '@ringformer/vit';
import type { FusedBackend } from '@ringformer/wasm/fused';
import { openModel } from '../files/open-model.ts';
import type { ModelAt } from '../files/places.ts';
import type { Context, LoadArgs, Method, Methods, StreamArgs } from './protocol.ts';

type Engines = { backend(): Promise<Backend>; fused(): Promise<FusedBackend> };
type ModelMethods = Omit<Methods, 'start' | 'train'>;
type Held =
  | { readonly kind: 'translator'; readonly model: Translator }
  | { readonly kind: 'classifier'; readonly model: Classifier; readonly transform?: Transform };

/** The models of a worker by number: loading, using and disposing them. */
export function serveModels({ backend, fused }: Engines) {
  const held = new Map<number, Held>();
  let count = 0;
  const hold = (one: Held) => {
    held.set(++count, one);
    return count;
  };
  const find = <K extends Held['kind']>(id: number, kind: K) => {
    const found = held.get(id);
    if (found?.kind === kind) return found as Extract<Held, { kind: K }>;
    throw new RingformerError('bad-argument', `[ringformer/web] The ${kind} was disposed. Load it again.`);
  };

  const methods: { [M in keyof ModelMethods]: Method<M> } = {
    async loadTranslator(args, context) {
      const { engine = 'fused', precision, threads } = args;
      const roles = ['config', 'weights', 'tokenizer'] as const;
      const opened = await openModel(args.at as ModelAt<(typeof roles)[number]>, { ...opening(args, context), roles });
      const { files, readBytes, fresh, kept } = opened;
      const { signal } = context;
      const model =
        engine === 'fused'
          ? await (await import('@ringformer/seq2seq/fused')).loadTranslator(
              files,
              { ...(await fused()), readBytes },
              { precision, threads, signal },
            )
          : await (await import('@ringformer/seq2seq')).loadTranslator(
              files,
              { ...(await backend()), readBytes },
              { engine: 'tfjs', signal },
            );
      return { id: hold({ kind: 'translator', model }), config: model.config, engine: model.engine, fresh, kept };
    },
    translateBatch: async ({ id, texts, options }, { signal, hooks: { onProgress } }) =>
      find(id, 'translator').model.translateBatch(texts, { ...options, signal, onProgress }),
    nBest: async ({ id, text, options }, { signal }) =>
      find(id, 'translator').model.nBest(text, { ...options, signal }),
    inspect: async ({ id, texts }) => find(id, 'translator').model.inspect(texts),

    async loadClassifier(args, context) {
      const { engine = 'fused', precision, threads } = args;
      const opened = await openModel(args.at as ModelAt, opening(args, context));
      const { config, weights, transform } = opened.files;
      if (!config || !weights) {
        throw new RingformerError('bad-file', "[ringformer/web] The manifest lists no 'config' or no 'weights'.");
      }
      const { loadClassifier } = await import('@ringformer/vit');
      const { readBytes, fresh, kept } = opened;
      const from = { ...(engine === 'fused' ? await fused() : await backend()), readBytes };
      const model = await loadClassifier({ config, weights }, from, { engine, precision, threads });
      const held: Held = {
        kind: 'classifier',
        model,
        ...(transform ? { transform: JSON.parse(new TextDecoder().decode(await readBytes(transform))) } : {}),
      };
      return { id: hold(held), config: model.config, engine: model.engine, fresh, kept };
    },
    async classify({ id, images, options }) {
      const { model, transform } = find(id, 'classifier');
      if (images instanceof Float32Array) return model.classify(images, options);
      const { numbersOf } = await import('./numbers.ts'); // pages that translate need nothing of images
      return model.classify(numbersOf(images, transform), options);
    },
    async dispose({ id }) {
      held.get(id)?.model.dispose();
      held.delete(id);
      return undefined;
    },
  };
  return {
    methods,
    async *stream({ id, text, options }: StreamArgs, signal: AbortSignal): AsyncGenerator<string, void, void> {
      yield* find(id, 'translator').model.stream(text, { ...options, signal });
    },
  };
}

const opening = ({ cache }: LoadArgs, { signal, hooks: { onProgress, onWarning } }: Context) => ({
  signal,
  ...(onProgress ? { onProgress } : {}),
  ...(onWarning ? { onWarning } : {}),
  ...(cache === undefined ? {} : { cache }),
});

/** Starts what `make` makes when it is first wanted; after a failure once more. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
