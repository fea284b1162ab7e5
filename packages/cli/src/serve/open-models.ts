import type { Translator } from '@ringformer/seq2seq/engine';
import type { Models } from '@ringformer/serve/thread';
import { findImageModel, openClassifier, readTransform } from '../classify/files.ts';
import { FailedError } from '../errors.ts';
import { packagedPairs } from '../kinds.ts';
import { type Engine, openTranslator } from '../model.ts';

/** Which models are served. */
export type ModelChoice = {
  /** Translation models; if there are none and no classifier is named, all packaged models are served. */
  readonly models: readonly string[];
  readonly classifier: string | undefined;
  readonly engine: Engine;
};

/** @throws as the commands that translate and classify do */
export async function openModels({ models, classifier, engine }: ModelChoice): Promise<Models> {
  const both = models.length === 0 && classifier === undefined;
  const translators: Translator[] = [];
  try {
    for (const model of both ? packagedPairs() : models) translators.push(await openTranslator(model, engine));
    if (!both && classifier === undefined) return { translators };
    const files = await findImageModel(classifier);
    if ('graph' in files && engine.engine !== 'onnx')
      throw new FailedError(`${classifier} holds an ONNX graph. Add --engine onnx, or give the model it came from.`);
    const transform = readTransform(files.transform);
    return {
      translators,
      classifier: { classifier: await openClassifier(files, engine), transform },
    };
  } catch (error) {
    for (const translator of translators) translator.dispose();
    throw error;
  }
}
