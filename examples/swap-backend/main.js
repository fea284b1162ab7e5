// One app, any backend: `node main.js wasm|webgpu|cuda|tensorflow "Guten Morgen!"`. The model does not depend on the
// backend; in a page, use `startWeb` of @ringformer/web instead.
import model from '@ringformer/model-de-en';
import { loadTranslator } from '@ringformer/seq2seq';

const [name = 'wasm', text = 'Wo ist der Bahnhof?'] = process.argv.slice(2);

async function start() {
  if (name === 'wasm') return (await import('@ringformer/wasm')).startWasm();
  const { startNodeGpu } = await import('@ringformer/node-gpu');
  return startNodeGpu({ prefer: [/** @type {'cuda' | 'webgpu' | 'tensorflow'} */ (name)] });
}

try {
  const translator = await loadTranslator(model, await start());
  console.log(await translator.translate(text));
  translator.dispose();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
