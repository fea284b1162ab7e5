// One image through RingFormer S/16 at 224 × 224, float32: our wasm engine against onnxruntime-node on the graph that we
// export, and PyTorch (vision.py) if you name a Python that has it. Same weights, in turns; logits are compared first.
// Usage: node bench/vision.mjs [--rounds 5] [--python python3] [--size S_16]   (after a build and `npm ci --prefix bench --ignore-scripts`)
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { flattenSpec, randomNormal, writeSafetensors } from '../packages/core/dist/base.js';
import { exportVision } from '../packages/onnx/dist/index.js';
import { ringFormer, vitSize, vitSpec } from '../packages/vit/dist/index.js';
import { enableRelaxedSimd, startEngine } from '../packages/wasm/dist/engine.js';
import { measure } from './measure.mjs';
import { writeVisionReport } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    python: { type: 'string' },
    size: { type: 'string', default: 'S_16' },
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

function randomImage({ channels, imageSize }) {
  return Float32Array.from({ length: channels * imageSize ** 2 }, (_, i) => Math.sin(i * 12.9898) * 1.5);
}

async function onnx(graph, image, { channels, imageSize }, options) {
  const session = await ort.InferenceSession.create(graph, {
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    ...options,
  });
  const images = new ort.Tensor('float32', image, [1, channels, imageSize, imageSize]);
  return async () => (await session.run({ images })).logits.data;
}

/** A PyTorch process that classifies once per input line and answers with the logits. */
function torch(folder, threads) {
  const child = spawn(flags.python, [fileURLToPath(new URL('./vision.py', import.meta.url)), folder, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async () => {
    child.stdin.write('\n');
    const { value, done } = await lines.next();
    if (done) throw new Error('PyTorch ended.');
    return JSON.parse(value);
  };
  return { ask, end: () => child.kill() };
}

enableRelaxedSimd();
const config = vitSize(flags.size, { classes: 1000 });
const weights = weightsOf(config);
const image = randomImage(config);
const folder = mkdtempSync(join(tmpdir(), 'ringformer-vision-'));
writeFileSync(join(folder, 'weights.safetensors'), writeSafetensors({ tensors: weights, metadata: {} }));
writeFileSync(join(folder, 'image.bin'), new Uint8Array(image.buffer));
writeFileSync(join(folder, 'config.json'), JSON.stringify(config));

const { engine } = await startEngine();
const threads = availableParallelism() > 1 ? [1, 2] : [1];
const named = (who, n, more = '') => `${who}, ${n} thread${n > 1 ? 's' : ''}${more}`;
const runners = {};
const ends = [];
for (const n of threads) {
  const model = await engine.vision(config, weights, ringFormer, { threads: n });
  runners[named('ours', n)] = async () => model.classify(image);
  ends.push(() => model.dispose());
}
const graph = Buffer.concat(exportVision(config, weights, ringFormer));
for (const n of threads) {
  runners[named('onnxruntime-node', n)] = await onnx(graph, image, config, { intraOpNumThreads: n });
}
if (flags.python) {
  for (const n of threads) {
    const { ask, end } = torch(folder, n);
    runners[named('PyTorch', n)] = ask;
    ends.push(end);
  }
}
try {
  let wanted;
  for (const [name, run] of Object.entries(runners)) {
    const logits = Float32Array.from(await run());
    wanted ??= logits;
    const worst = logits.reduce((most, x, i) => Math.max(most, Math.abs(x - wanted[i])), 0);
    console.log(`${name}: logits within ${worst.toExponential(1)}`);
    if (!(worst <= 1e-3)) throw new Error(`${name}: logits differ by ${worst}.`);
  }
  const times = await measure(runners, { rounds: Number(flags.rounds), runs: 3 });
  const machine = `${threads.length === 2 ? 'two cores' : 'one core'} (${cpus()[0].model.trim()}), Node.js ${process.versions.node}`;
  console.log(writeVisionReport(flags.size, machine, times));
} finally {
  for (const end of ends) end();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0); // ONNX Runtime's threads would keep running
