import { loadTranslator } from '@ringformer/seq2seq/engine';
import { expect, test } from 'vitest';
import model from '../../model-de-en/src/index.ts';
import { startOnnx } from '../src/run/index.ts';

test('onnxruntime-web, by its name and as a module, says what onnxruntime-node says', async () => {
  const texts = ['Wo ist der Bahnhof?', 'Guten Morgen!', 'Ich habe gestern ein Buch gelesen.'];
  const translate = async (options: Parameters<typeof startOnnx>[0]) => {
    const translator = await loadTranslator(model, await startOnnx({ threads: 1, ...options }));
    const found = [await translator.translateBatch(texts), await translator.translateBatch(texts, { beams: 1 })];
    translator.dispose();
    return found;
  };
  const wanted = await translate({ runtime: 'onnxruntime-node' });
  expect(await translate({ runtime: 'onnxruntime-web' })).toEqual(wanted);
  expect(await translate({ runtime: await import('onnxruntime-web'), executionProviders: ['wasm'] })).toEqual(wanted);
  expect(wanted[0]?.[0]).toBe('Where is the train station?');
});
