// The same with ONNX Runtime, which the page provides.
import model from '@ringformer/model-de-en';
import { startOnnx } from '@ringformer/onnx/run';
import { loadTranslator } from '@ringformer/seq2seq/engine';

const address = '/ort/ort.wasm.bundle.min.mjs'; // served as is, without a bundler
const translator = await loadTranslator(model, await startOnnx({ runtime: await import(address) }));
globalThis.answer = await translator.translate('Wo ist der Bahnhof?');
translator.dispose();
