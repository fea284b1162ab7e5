import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import translatorFiles from '@ringformer/model-de-en/int8';
import classifierFiles from '@ringformer/model-fashion';
import { loadTranslator, type Translator } from '@ringformer/seq2seq/engine';
import { loadClassifier } from '@ringformer/vit/engine';
import { startEngine } from '@ringformer/wasm/engine';
import type { Models } from '../src/index.ts';

/** The shipped models on one thread. */
export async function shippedModels(): Promise<
  Required<Models> & { readonly translator: Translator; dispose(): void }
> {
  const engine = await startEngine();
  const translator = await loadTranslator(translatorFiles, engine, { threads: 1 });
  const classifier = await loadClassifier(classifierFiles, engine, { threads: 1 });
  const transform = JSON.parse(readFileSync(fileURLToPath(classifierFiles.transform), 'utf8'));
  return {
    translator,
    translators: [translator],
    classifier: { classifier, transform },
    dispose() {
      translator.dispose();
      classifier.dispose();
    },
  };
}

/** A pause that lets the server work. */
export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
