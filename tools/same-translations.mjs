// Translates the first lines of a text, greedily and in float32, on every backend and engine, and reports where they differ:
// node tools/same-translations.mjs FILE [--lines 200] [--on NAME…]
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromiumProgram } from './lib/chromium.mjs';
import { runQuietly } from './lib/exec.mjs';
import { cache, readJson, root } from './lib/paths.mjs';

/** Arguments of `ringformer translate` for Node.js; the other backends run in pages. */
const NODE = {
  cpu: ['--backend', 'cpu', '--engine', 'tfjs'],
  wasm: ['--backend', 'wasm', '--engine', 'tfjs'],
  engine: ['--engine', 'wasm', '--precision', 'f32'],
  onnx: ['--engine', 'onnx'],
  tensorflow: ['--backend', 'tensorflow', '--engine', 'tfjs'],
};
const CHROMIUM = ['wasm', 'webgl', 'webgpu'];

const { values, positionals } = parseArgs({
  options: { lines: { type: 'string', default: '200' }, on: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const all = [
  'webgpu in Node.js',
  ...Object.keys(NODE).map((name) => `${name} in Node.js`),
  ...CHROMIUM.map((name) => `${name} in Chromium`),
];
const lines = readFileSync(positionals[0] ?? '', 'utf8')
  .split('\n')
  .slice(0, Number(values.lines));
const source = join(cache, 'sources.txt');
writeFileSync(source, `${lines.join('\n')}\n`);

/** @type {{ on: string, found: string[] }[]} */
const results = [];
for (const on of values.on ?? all) {
  const [name = '', place = ''] = on.split(' in ');
  const start = performance.now();
  try {
    const found = await (place === 'Chromium' ? inPage(name) : name === 'webgpu' ? byDawn() : inNode(name));
    results.push({ on, found });
    console.error(`${on}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  } catch (error) {
    console.error(`${on}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

const [first] = results;
for (const { on, found } of results) {
  const other = lines.map((_, i) => i).filter((i) => found[i] !== first?.found[i]);
  console.log(`${on}: ${lines.length - other.length} of ${lines.length} the same as on ${first?.on}`);
  for (const i of other) console.log(`  line ${i + 1}: ${found[i]}\n  expected: ${first?.found[i]}`);
  if (other.length > 0) process.exitCode = 1;
}

/** @param {string} name */
async function inNode(name) {
  const out = join(cache, `translations-${name}.txt`);
  const main = join(root, 'packages/cli/dist/main.js');
  const args = ['translate', '--beam', '1', '--batch-size', '100', '-f', source, '-o', out];
  const { code, output } = await runQuietly(process.execPath, [main, ...args, ...(NODE[name] ?? [])], { cwd: root });
  if (code !== 0) throw new Error(output.trim());
  return readFileSync(out, 'utf8').split('\n').slice(0, lines.length);
}

/** @param {string} name */
async function inPage(name) {
  const report = join(cache, 'translations.json');
  const args = ['run', '--config', 'vitest.browser.config.ts', 'test/translations', '--reporter=json'];
  const env = { ...process.env, VITE_TRANSLATE: JSON.stringify({ lines, on: [name] }) };
  const vitest = join(root, 'node_modules/.bin/vitest');
  const { output } = await runQuietly(vitest, [...args, `--outputFile.json=${report}`], { cwd: root, env });
  const [test] = readJson(report).testResults[0].assertionResults;
  if (!test?.meta.translations) throw new Error(test?.failureMessages.join('\n') ?? output.slice(-2000));
  return test.meta.translations.lines;
}

/** The command line refuses a driver that computes on the processor, such as Chromium's; it is used directly here. */
async function byDawn() {
  const drivers = ['/usr/lib/chromium', dirname(realpathSync(chromiumProgram() ?? '/'))];
  const driver = drivers.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((file) => existsSync(file));
  if (driver) process.env.VK_ICD_FILENAMES ??= driver;
  const load = (path) => import(new URL(`../packages/${path}/dist/index.js`, import.meta.url).href);
  const [{ startNodeGpu }, { loadTranslator }, model] = await Promise.all(
    ['node-gpu', 'seq2seq', 'model-de-en'].map(load),
  );
  const backend = await startNodeGpu({ prefer: 'webgpu', software: true });
  const translator = await loadTranslator(model.default, backend, { engine: 'tfjs' });
  return translator.translateBatch(lines, { beams: 1, batchSize: 100 });
}
