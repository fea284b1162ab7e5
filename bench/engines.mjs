// Translates Tatoeba's devtest with the packaged model, with each engine on one thread: `node bench/engines.mjs
// [SENTENCES]`, from the workspace after `npm run build`. Measures processor time, which other work hardly changes; one run,
// in turns.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ENGINES = {
  'onnx (onnxruntime-node), f32': { engine: 'onnx' },
  'wasm, f32': { engine: 'wasm', precision: 'f32' },
  'tfjs, f32': { engine: 'tfjs' },
};
const FIRST = 'Wo ist der Bahnhof?';

async function load({ engine, precision }) {
  const { default: model } = await import('../packages/model-de-en/dist/index.js');
  if (engine === 'tfjs') {
    const { loadTranslator } = await import('../packages/seq2seq/dist/index.js');
    const { enableRelaxedSimd, startWasm } = await import('../packages/wasm/dist/index.js');
    enableRelaxedSimd();
    return loadTranslator(model, await startWasm(), { engine });
  }
  const { loadTranslator } = await import('../packages/seq2seq/dist/engine.js');
  const start = async () => {
    if (engine === 'onnx') return (await import('../packages/onnx/dist/run.js')).startOnnx();
    const { enableRelaxedSimd, startEngine } = await import('../packages/wasm/dist/engine.js');
    enableRelaxedSimd();
    return startEngine();
  };
  return loadTranslator(model, await start(), { threads: 1, ...(precision ? { precision } : {}) });
}

const seconds = ({ user, system }) => (user + system) / 1e6;

/** Starts itself as a separate process, to measure the time to the first sentence. */
if (process.argv[2] === 'first') {
  const translator = await load(ENGINES[process.argv[3]]);
  await translator.translate(FIRST);
  console.log(seconds(process.cpuUsage()));
  process.exit();
}

const file = fileURLToPath(new URL('../packages/text/test/tatoeba/devtest.de', import.meta.url));
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .slice(0, Number(process.argv[2] ?? 2000));
const found = {};
for (const name of Object.keys(ENGINES)) {
  const own = () => Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'first', name], {}));
  found[name] = { first: Math.min(own(), own(), own()) };
}
for (const beams of [1, 4]) {
  for (const [name, options] of Object.entries(ENGINES)) {
    const translator = await load(options);
    await translator.translateBatch(lines.slice(0, 32), { beams });
    const before = process.cpuUsage();
    const texts = await translator.translateBatch(lines, { beams, batchSize: 32 });
    found[name][beams] = { seconds: seconds(process.cpuUsage(before)), texts };
    translator.dispose();
    console.error(name, beams, found[name][beams].seconds);
  }
}
const tfjs = found['tfjs, f32'];
console.log(`${lines.length} sentences, Node.js ${process.versions.node}, processor time\n`);
console.log('| engine | first sentence | greedy | | beam 4 | | differing from tfjs |\n|---|---|---|---|---|---|---|');
for (const [name, { first, ...by }] of Object.entries(found)) {
  const cells = [1, 4].map((beams) => {
    const rate = lines.length / by[beams].seconds;
    return `${rate.toFixed(0)} a second | ${(tfjs[beams].seconds / by[beams].seconds).toFixed(2)}`;
  });
  const differing = [1, 4].map((beams) => by[beams].texts.filter((text, i) => text !== tfjs[beams].texts[i]).length);
  console.log(`| ${name} | ${first.toFixed(2)} s | ${cells.join(' | ')} | ${differing.join(', ')} |`);
}
