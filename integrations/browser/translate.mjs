// What a page needs to translate: bundled by tools/checks/bundle.mjs, run in Chromium by tools/checks/browser.mjs.
import model from '@ringformer/model-de-en';
import { loadTranslator } from '@ringformer/seq2seq';
import { startWasm } from '@ringformer/wasm';

const translator = await loadTranslator(model, await startWasm());
globalThis.answer = await translator.translate('Wo ist der Bahnhof?');
translator.dispose();
