// What a page needs to translate: bundled by tools/tests/bundle.test.ts, run in Chromium by tools/browser/pages.spec.ts.
import model from '@ringformer/model-de-en';
import { loadTranslator } from '@ringformer/seq2seq';
import { startWasm } from '@ringformer/wasm';

const translator = await loadTranslator(model, await startWasm());
globalThis.answer = await translator.translate('Wo ist der Bahnhof?');
translator.dispose();
