// Files: the packaged model on the 2,000 lines of Tatoeba's devtest (or another file, a sentence a line), greedy and with four beams, on each of our engines as
// they are used here: the wasm engine with native kernels and without, ONNX Runtime, TensorFlow.js. Wall time on all cores, and
// processor time, which other work hardly changes; engines take turns, each in a process of its own.
// Usage: node bench/engines.mjs [--file FILE] [--rounds 2] [--engines native,onnx] [--precision int8]    (after a build)
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findNative } from '../packages/native/dist/index.js';
import { describe, peaks, processor } from './machine.mjs';

const { values: flags } = parseArgs({
  options: {
    file: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    engines: { type: 'string', default: 'native,wasm,onnx,tfjs' },
    precision: { type: 'string', default: 'f32' },
    child: { type: 'string' },
    beams: { type: 'string', default: '1,4' },
  },
});

async function load(name) {
  const { default: model } = await import('../packages/model-de-en/dist/index.js');
  if (name === 'tfjs') {
    const { loadTranslator } = await import('../packages/seq2seq/dist/index.js');
    const { enableRelaxedSimd, enableWideVectors, startWasm } = await import('../packages/wasm/dist/index.js');
    enableRelaxedSimd();
    enableWideVectors();
    return loadTranslator(model, await startWasm(), { engine: 'tfjs' });
  }
  const { loadTranslator } = await import('../packages/seq2seq/dist/engine.js');
  if (name === 'onnx') {
    const { startOnnx } = await import('../packages/onnx/dist/run.js');
    return loadTranslator(model, await startOnnx());
  }
  const { enableRelaxedSimd, enableWideVectors, startEngine } = await import('../packages/wasm/dist/engine.js');
  enableRelaxedSimd();
  enableWideVectors();
  const options = name === 'native' ? {} : { native: false };
  return loadTranslator(model, await startEngine(options), { precision: flags.precision });
}

const DEVTEST = fileURLToPath(new URL('../packages/text/test/tatoeba/devtest.de', import.meta.url));
const sentences = () =>
  readFileSync(flags.file ?? DEVTEST, 'utf8')
    .trimEnd()
    .split('\n');

async function translateAll(name, beams) {
  const started = performance.now();
  const translator = await load(name);
  await translator.translate('Wo ist der Bahnhof?');
  const first = performance.now() - started;
  const lines = sentences();
  await translator.translateBatch(lines.slice(0, 64), { beams });
  const [began, before] = [performance.now(), process.cpuUsage()];
  const texts = await translator.translateBatch(lines, { beams });
  const { user, system } = process.cpuUsage(before);
  return { first, wall: (performance.now() - began) / 1000, processor: (user + system) / 1e6, texts };
}

if (flags.child) {
  process.stdout.write(JSON.stringify(await translateAll(flags.child, Number(flags.beams))), () => process.exit(0));
} else {
  const names = flags.engines.split(',').filter((name) => name !== 'native' || findNative().addon);
  const machine = { ...processor(), peaks: await peaks() };
  const results = [];
  for (const beams of flags.beams.split(',')) {
    const runs = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const name of names) {
        const args = [fileURLToPath(import.meta.url), '--child', name, '--beams', beams];
        if (flags.file) args.push('--file', flags.file);
        const child = spawnSync(process.execPath, [...process.execArgv, ...args, '--precision', flags.precision], {
          encoding: 'utf8',
          maxBuffer: 1 << 28,
        });
        if (child.status !== 0) throw new Error(`${name}: ${child.stderr}`);
        runs[name].push(JSON.parse(child.stdout));
        console.error(`${name}, beam ${beams}: ${runs[name].at(-1).wall.toFixed(1)} s`);
      }
    }
    const least = (name, what) => Math.min(...runs[name].map((run) => run[what]));
    for (const name of names) {
      const [{ texts }] = runs[name];
      const differing = texts.filter((text, i) => text !== runs[names.at(-1)][0].texts[i]).length;
      const times = { first: least(name, 'first'), wall: least(name, 'wall'), processor: least(name, 'processor') };
      results.push({ engine: name, beams: Number(beams), ...times, differing });
    }
  }
  const onnx = (beams) => results.find((one) => one.engine === 'onnx' && one.beams === beams)?.wall ?? Number.NaN;
  const text = [
    describe(machine, machine.peaks),
    '',
    `${sentences().length} lines by the packaged model in ${flags.precision}, each engine at its own settings, the least of ${flags.rounds} runs. Ratios: the wall time of`,
    `our ONNX Runtime engine over each. The last column counts translations that differ from ${names.at(-1)}'s.`,
    '',
    '| engine | beams | first sentence, s | wall, s | processor, s | lines a second | ratio | differing |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...results.map(({ engine, beams, first, wall, processor, differing }) => {
      const rate = (sentences().length / wall).toFixed(0);
      return `| ${engine} | ${beams} | ${(first / 1000).toFixed(2)} | ${wall.toFixed(1)} | ${processor.toFixed(1)} | ${rate} | ${(onnx(beams) / wall).toFixed(2)}× | ${differing} |`;
    }),
    '',
  ].join('\n');
  console.log(text);
  const name = `files-${flags.precision}-node${process.versions.node.split('.')[0]}`;
  const file = fileURLToPath(new URL(`./results/${name}`, import.meta.url));
  writeFileSync(`${file}.md`, text);
  writeFileSync(`${file}.json`, `${JSON.stringify({ machine, results }, null, 2)}\n`);
}
