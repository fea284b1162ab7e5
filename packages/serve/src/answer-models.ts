import { parentPort } from 'node:worker_threads';
import type { TextWarning } from '@ringformer/seq2seq/engine';
import type { Models, ServedTranslator } from './options.ts';
import { type Ask, type Facts, type Port, plainFailure, type Tell } from './wire.ts';

/**
 * Answers with models for `modelsInThread`: call it in the script of the thread, with the promise of its models. Whatever
 * keeps them from loading is thrown there.
 */
export async function answerModels(loading: Promise<Models>, port: Port | null = parentPort): Promise<void> {
  if (!port) throw new Error('[ringformer/serve] answerModels: expected to run in a worker thread.');
  const tell = (message: Tell) => port.postMessage(message);
  const running = new Map<number, AbortController>();
  let models: Models;
  try {
    models = await loading;
  } catch (error) {
    return tell({ unable: plainFailure(error) });
  }
  const { translators = [], classifier } = models;

  async function answer(ask: Exclude<Ask, { call: 'abort' }>, signal: AbortSignal): Promise<unknown> {
    if (ask.call === 'classify') return classifier?.classifier.classify(ask.images, ask.options);
    const translator = translators[ask.model] as ServedTranslator;
    if (ask.call === 'align') return translator.align?.(ask.pairs, { ...ask.options, signal });
    const onWarning = (warning: TextWarning) => tell({ id: ask.id, warning });
    const options = { ...ask.options, signal, onWarning };
    if (ask.call === 'translate') return translator.translateDetailed(ask.texts, options);
    if (ask.call === 'nBest') return translator.nBest(ask.text, options);
    for await (const piece of translator.stream(ask.text, options)) tell({ id: ask.id, piece });
    return undefined;
  }

  port.on('message', (message) => {
    const ask = message as Ask;
    if (ask.call === 'abort') return running.get(ask.id)?.abort();
    const controller = new AbortController();
    running.set(ask.id, controller);
    answer(ask, controller.signal)
      .then(
        (value) => tell({ id: ask.id, value }),
        (error: unknown) => tell({ id: ask.id, failure: plainFailure(error) }),
      )
      .finally(() => running.delete(ask.id));
  });
  const facts: Facts = {
    translators: translators.map(({ config, align }) => ({ config, aligns: align !== undefined })),
    ...(classifier && { classifier: { config: classifier.classifier.config, transform: classifier.transform } }),
  };
  tell({ facts });
}
