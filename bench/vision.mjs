// Images: RingFormer S/16 on one image of 224 × 224, and the packaged Fashion model on 256 images at a time. Our engine against
// onnxruntime-node on the graph that we export (int8: quantised by its own tool), and PyTorch (vision.py). Same weights, in turns;
// logits are compared first.
// Usage: node bench/vision.mjs [--rounds 5] [--jobs S_16,fashion] [--precisions f32,int8] [--python PYTHON]
// (after a build and `npm ci --prefix bench`). PYTHON: one that has torch, onnx and onnxruntime; what it lacks
// takes no part.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { flattenSpec, randomNormal, readSafetensors, writeSafetensors } from '../packages/core/dist/base.js';
import { exportVision } from '../packages/onnx/dist/index.js';
import { ringFormer, vitSize, vitSpec } from '../packages/vit/dist/index.js';
import { enableRelaxedSimd, enableWideVectors } from '../packages/wasm/dist/engine.js';
import { askPython, pythonHas } from './ask.mjs';
import { describe, peaks, processor } from './machine.mjs';
import { measure, standings } from './measure.mjs';
import { startEngines } from './our-engines.mjs';
import { report, table } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    jobs: { type: 'string', default: 'S_16,fashion' },
    precisions: { type: 'string', default: 'f32,int8' },
    python: { type: 'string' },
  },
});

/** Weights from a seed, including the signals: they normally start at zero, where a fault in them would not show. */
function weightsOf(config) {
  const entries = flattenSpec(vitSpec(config)).map(([name, { shape }], i) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const inner = /\.up$/.test(name) ? config.rank : shape.at(-1);
    const scale = /[nN]orm\.|bias$/.test(name) ? 0.1 : inner ** -0.5;
    const data = randomNormal(size, i).map((x) => (/[nN]orm\.weight$/.test(name) ? 1 : 0) + scale * x);
    return [name, { dtype: 'F32', shape, data }];
  });
  return Object.fromEntries(entries);
}

function packaged() {
  const read = (name) => readFileSync(new URL(`../packages/model-fashion/model/${name}`, import.meta.url));
  const { tensors } = readSafetensors(read('model.safetensors'));
  const floats = Object.entries(tensors).map(([name, tensor]) => [
    name,
    { ...tensor, dtype: 'F32', data: Float32Array.from(tensor.data) },
  ]);
  return { config: JSON.parse(read('config.json')), weights: Object.fromEntries(floats) };
}

const JOBS = {
  S_16: () => {
    const config = vitSize('S_16', { classes: 1000 });
    return { what: 'one image, S/16 at 224 × 224', count: 1, config, weights: weightsOf(config) };
  },
  fashion: () => ({ what: '256 images of 28 × 28, the packaged Fashion model', count: 256, ...packaged() }),
};

const randomImages = ({ channels, imageSize }, count) =>
  Float32Array.from({ length: count * channels * imageSize ** 2 }, (_, i) => Math.sin(i * 12.9898) * 1.5);

async function onnxRuntime(graph, images, count, { channels, imageSize }, options) {
  const session = await ort.InferenceSession.create(graph, {
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    ...options,
  });
  const feeds = { images: new ort.Tensor('float32', images, [count, channels, imageSize, imageSize]) };
  return { run: async () => (await session.run(feeds)).logits.data, end: () => session.release() };
}

/** A PyTorch process that classifies once per question and answers with the logits. */
function torch(folder, threads) {
  const { ask, end } = askPython(flags.python, './vision.py', [folder, threads]);
  return { run: async () => JSON.parse(await ask()), end };
}

/** The graph with int8 weights, or undefined if there is no tool for it. */
function quantised(graph, folder) {
  if (!flags.python || !pythonHas(flags.python, 'onnxruntime') || !pythonHas(flags.python, 'onnx')) return undefined;
  const [from, to] = [join(folder, 'graph.onnx'), join(folder, 'int8.onnx')];
  writeFileSync(from, graph);
  const tool = fileURLToPath(new URL('./quantize.py', import.meta.url));
  const { status, stderr } = spawnSync(flags.python, [tool, from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return readFileSync(to);
}

/** The largest difference of two sets of logits, and the root mean square of their differences, relative to the expected ones. */
function compare(found, expected) {
  const worst = found.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i])), 0);
  const squares = (values) => values.reduce((sum, x) => sum + x * x, 0);
  return { worst, apart: Math.sqrt(squares(found.map((x, i) => x - expected[i])) / squares(expected)) };
}

async function contest({ what, count, config, weights }, precision) {
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-vision-'));
  const images = randomImages(config, count);
  writeFileSync(join(folder, 'weights.safetensors'), writeSafetensors({ tensors: weights, metadata: {} }));
  writeFileSync(join(folder, 'images.bin'), new Uint8Array(images.buffer));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const threads = availableParallelism() > 1 ? [1, 2] : [1];
  const named = (who, n) => `${who}, ${n} thread${n > 1 ? 's' : ''}`;
  const [own, peers, likes] = [{}, {}, {}];
  const engines = await startEngines();
  for (const [name, engine] of Object.entries(engines)) {
    for (const n of threads) {
      const model = await engine.vision(config, weights, ringFormer, { precision, threads: n });
      own[named(name, n)] = { run: async () => model.classify(images), end: () => model.dispose() };
    }
  }
  const floats = Buffer.concat(exportVision(config, weights, ringFormer));
  const graph = precision === 'int8' ? quantised(floats, folder) : floats;
  for (const n of graph ? threads : []) {
    peers[named('onnxruntime-node', n)] = await onnxRuntime(graph, images, count, config, { intraOpNumThreads: n });
  }
  if (flags.python && precision === 'f32' && pythonHas(flags.python, 'torch')) {
    for (const n of threads) likes[named('PyTorch', n)] = torch(folder, n);
  }
  const all = { ...own, ...peers, ...likes };
  try {
    let expected;
    for (const [name, { run }] of Object.entries(all)) {
      const logits = Float32Array.from(await run());
      expected ??= logits;
      const { worst, apart } = compare(logits, expected);
      if (precision === 'f32' ? worst > 1e-3 : apart > 0.25)
        throw new Error(
          `${name}: logits differ by ${worst}, on average by ${(100 * apart).toFixed(1)} % of their size.`,
        );
      console.error(`${name}: logits within ${worst.toExponential(1)}, on average ${(100 * apart).toFixed(1)} %`);
    }
    const runners = Object.fromEntries(Object.entries(all).map(([name, { run }]) => [name, run]));
    const times = await measure(runners, { rounds: Number(flags.rounds), runs: 3 });
    return { job: `${what}, ${precision}`, ...standings(times, { engines, ours: own, peers, likes }) };
  } finally {
    for (const { end } of Object.values(all)) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

enableRelaxedSimd();
enableWideVectors();
const machine = { ...processor(), peaks: await peaks() };
console.log(describe(machine, machine.peaks));
const jobs = [];
for (const name of flags.jobs.split(',')) {
  for (const precision of flags.precisions.split(',')) {
    jobs.push(await contest(JOBS[name](), precision));
    console.log(table(jobs.slice(-1)).split('\n').slice(1).join('\n'));
  }
}
report(`vision-node${process.versions.node.split('.')[0]}`, machine, jobs);
process.exit(0); // ONNX Runtime's threads would keep running
