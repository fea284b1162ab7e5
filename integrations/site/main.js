// A page as READMEs describe it: it translates, and lets a worker classify and train. `globalThis.found` says what came out;
// tools/browser/browsers.spec.ts builds it with Vite and opens it in several browsers.
import deEn from '@ringformer/model-de-en';
import fashion from '@ringformer/model-fashion';
import { loadTranslator } from '@ringformer/seq2seq/engine';
import { startEngine } from '@ringformer/wasm/engine';
import { startWorker } from '@ringformer/worker';
import { openModel } from '@ringformer/worker/files';
import { pixels, text } from '../classify.mjs';

const found = {};

async function step(name, work) {
  try {
    found[name] = await work();
  } catch (error) {
    found[name] = `${error.code ?? error.name}: ${error.message}`;
  }
}

/** Dark and bright squares, 8 × 8. */
function squares(count) {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: 64 * count }, (_, at) => 40 + 150 * labels[at >> 6] + (at % 7));
  return { pixels, labels, width: 8, height: 8, channels: 1, classes: ['dark', 'bright'] };
}

await step('decode', async () => (await import('../image.mjs')).pixels);
async function translated(options) {
  const { files, readBytes } = await openModel(deEn, { roles: ['config', 'weights', 'tokenizer'] });
  const translator = await loadTranslator(files, { ...(await startEngine()), readBytes }, options);
  const translation = await translator.translate('Wo ist der Bahnhof?');
  translator.dispose();
  return translation;
}
await step('translate', () => translated({}));
await step('threads', () =>
  translated({ threads: 2 }).then(
    (translation) => (translation === found.translate ? 2 : translation),
    (error) => (error.message.includes('Threads cannot start') ? 1 : error.message),
  ),
);

let worker;
await step('worker', async () => {
  worker = await startWorker(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
  return 'started';
});
await step('inWorker', async () => {
  const translator = await worker.loadTranslator(deEn);
  const translation = await translator.translate('Wo ist der Bahnhof?');
  await translator.dispose();
  return translation;
});
await step('classify', async () => {
  const classifier = await worker.loadClassifier(fashion);
  const [[guess]] = await classifier.classify(pixels, { top: 1 });
  await classifier.dispose();
  return text(guess);
});
await step('train', async () => {
  const losses = [];
  const job = { data: squares(80), steps: 12, batchSize: 8, lr: 3e-3, warmup: 2 };
  const model = { dim: 16, heads: 2, levels: 2, mlpDim: 16 };
  await worker.train({ ...job, model }, { onStep: ({ loss }) => losses.push(loss) });
  return losses.at(-1) < losses[0] ? 'learns' : `losses ${losses}`;
});
worker?.terminate();

globalThis.found = { ...found, isolated: crossOriginIsolated, shares: typeof SharedArrayBuffer !== 'undefined' };
