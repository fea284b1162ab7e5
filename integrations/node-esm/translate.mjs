import model from '@ringformer/model-de-en';
import { loadTranslator } from '@ringformer/seq2seq';
import { startWasm } from '@ringformer/wasm';

const translator = await loadTranslator(model, await startWasm());
console.log(await translator.translate('Wo ist der Bahnhof?'));
translator.dispose();
