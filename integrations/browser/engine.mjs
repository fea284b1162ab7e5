// The same without TensorFlow.js, with two threads if the page may share memory.
import model from '@ringformer/model-de-en';
import { loadTranslator } from '@ringformer/seq2seq/engine';
import { startEngine } from '@ringformer/wasm/engine';

const threads = globalThis.crossOriginIsolated ? 2 : 1;
const translator = await loadTranslator(model, await startEngine(), { threads });
globalThis.answer = await translator.translate('Wo ist der Bahnhof?');
globalThis.threads = threads;
translator.dispose();
