// Matrix products of TensorFlow.js' stock wasm backend and of @ringformer/wasm, in turns in one process.
//   node bench/kernels.mjs [--plain]          on the build
//   node --conditions=source bench/kernels.mjs   from source (Node 24)
// GFLOP/s counts 2 for each multiply and add. Medians of processor time, which other programs disturb less than the clock;
// compare ratios, not figures of different runs. The peak is that of a loop of multiply-adds on registers only.
import { enableRelaxedSimd, startWasm, usesRelaxedSimd } from '@ringformer/wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import asc from 'assemblyscript/asc';

/** Name, shapes of a and b, transposes. */
const PRODUCTS = [
  ['A·B    1024 512 512', [1024, 512], [512, 512], false, false],
  ['A·Bᵀ   1024 512 512', [1024, 512], [512, 512], false, true],
  ['Aᵀ·B   1024 512 512', [512, 1024], [512, 512], true, false],
  ['A·Bᵀ   1024 1024 256', [1024, 256], [1024, 256], false, true],
  ['Aᵀ·B   1024 256 1024', [1024, 1024], [1024, 256], true, false],
  ['A·B    256 × 32 32 32', [256, 32, 32], [256, 32, 32], false, false],
  ['A·Bᵀ   256 × 32 32 32', [256, 32, 32], [256, 32, 32], false, true],
  ['x·Wᵀ   1 1024 256', [1, 256], [1024, 256], false, true],
  ['x·Wᵀ   16 1024 256', [16, 256], [1024, 256], false, true],
  ['x·Wᵀ   1 8000 256', [1, 256], [8000, 256], false, true],
  ['A·Bᵀ   1024 16 256', [1024, 256], [16, 256], false, true],
  ['A·B    1024 256 16', [1024, 16], [16, 256], false, false],
  ['Aᵀ·B   16 256 1024', [1024, 16], [1024, 256], true, false],
];

await tf.setBackend('wasm');
const stock = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
const plain = process.argv.includes('--plain');
if (!plain) enableRelaxedSimd();
await startWasm({ relaxedSimd: plain ? false : 'auto' });
const ours = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
const backend = tf.backend();

function time(kernel, inputs, attrs, times) {
  const start = process.cpuUsage();
  for (let i = 0; i < times; i++) backend.disposeData(kernel({ inputs, attrs, backend }).dataId);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / times;
}

/**
 * GFLOP/s of twelve independent chains s = s·x + y in registers: x and y come from memory, so that nothing can be optimised
 * away.
 */
async function peak() {
  const chains = Array.from({ length: 12 }, (_, i) => `s${i}`);
  const step = (s) => (usesRelaxedSimd() ? `f32x4.relaxed_madd(${s}, x, y)` : `f32x4.add(f32x4.mul(${s}, x), y)`);
  const source = `export function run(times: i32): void {
    const x = v128.load(0), y = v128.load(16);
    let ${chains.map((s, i) => `${s} = v128.load(${32 + 16 * i})`).join(', ')};
    for (; times; times--) { ${chains.map((s) => `${s} = ${step(s)};`).join(' ')} }
    v128.store(32, ${chains.reduce((sum, s) => `f32x4.add(${sum}, ${s})`)});
  }`;
  let binary;
  await asc.main(
    [
      'peak.ts',
      '--outFile',
      'peak.wasm',
      ...'-O3 --runtime stub --initialMemory 1 --enable simd --enable relaxed-simd'.split(' '),
    ],
    {
      readFile: (name) => (name === 'peak.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents;
      },
      listFiles: () => [],
    },
  );
  const { exports } = (await WebAssembly.instantiate(binary)).instance;
  const times = 1e7;
  exports.run(times); // until it is compiled
  const runs = Array.from({ length: 9 }, () => {
    const start = process.cpuUsage();
    exports.run(times);
    const { user, system } = process.cpuUsage(start);
    return (12 * 4 * 2 * times) / (user + system) / 1000;
  });
  return Math.max(...runs);
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

console.log(`Node ${process.versions.node}, ${usesRelaxedSimd() ? 'relaxed' : 'plain'} SIMD, one thread`);
const top = await peak();
console.log(
  `peak of 128-bit ${usesRelaxedSimd() ? 'multiply-adds' : 'multiplications and additions'}: ${top.toFixed(1)} GFLOP/s`,
);
console.log(
  `${'product'.padEnd(24)}${'stock'.padStart(9)}${'ours'.padStart(9)}${'ratio'.padStart(9)}${'of peak'.padStart(9)}`,
);
for (const [name, shapeA, shapeB, transposeA, transposeB] of PRODUCTS) {
  const inputs = { a: tf.randomUniform(shapeA, -1, 1), b: tf.randomUniform(shapeB, -1, 1) };
  const attrs = { transposeA, transposeB };
  const k = shapeA.at(transposeA ? -2 : -1);
  const flops =
    2 * tf.util.sizeFromShape(shapeA) * (tf.util.sizeFromShape(shapeB) / k / (shapeB.length > 2 ? shapeB[0] : 1));
  const times = Math.max(1, Math.round(1e8 / flops));
  const pairs = Array.from({ length: 15 }, () => [stock, ours].map((kernel) => time(kernel, inputs, attrs, times)));
  const [slow, fast] = [0, 1].map((which) => median(pairs.slice(2).map((pair) => pair[which])));
  const gflops = (ms) => (flops / ms / 1e6).toFixed(1).padStart(9);
  console.log(
    `${name.padEnd(24)}${gflops(slow)}${gflops(fast)}${`${(slow / fast).toFixed(1)}×`.padStart(9)}${(flops / fast / 1e6 / top).toFixed(2).padStart(9)}`,
  );
  tf.dispose(inputs);
}
