const { default: model } = require('@ringformer/model-de-en');
const { loadTranslator } = require('@ringformer/seq2seq');
const { startWasm } = require('@ringformer/wasm');

async function main() {
  const translator = await loadTranslator(model, await startWasm());
  console.log(await translator.translate('Wo ist der Bahnhof?'));
  translator.dispose();
}

main();
