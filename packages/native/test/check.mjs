// Compares a few operations of the compiled kernels with numbers worked out by hand, for each kind of processor that this one
// can stand in for: `node check.mjs PATH`. It needs nothing but Node.js, so it runs on machines with no clone's packages.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const addon = createRequire(import.meta.url)(resolve(process.argv[2]));
const PAGE = 65536;
let wrong = 0;

function expectClose(what, actual, expected, tolerance) {
  const worst = Math.max(...expected.map((x, i) => Math.abs(x - actual[i])));
  if (worst <= tolerance) return;
  wrong += 1;
  console.error(`${what}: expected ${expected.join(' ')}, got ${[...actual].join(' ')}`);
}

for (const { name } of addon.variants) {
  for (const threads of [1, 3]) {
    const memory = new WebAssembly.Memory({ initial: 8 });
    const kernels = addon.open(memory.buffer, threads, name);
    const floats = new Float32Array(memory.buffer);
    const call = `${name}, ${threads} threads,`;

    // x·Φ(x), with Φ from a table of the normal distribution; more numbers than one thread's share
    const count = 40_003;
    const table = [-3, -1, -0.5, 0, 0.5, 1, 3, 10];
    const products = [-0.00404969, -0.15865525, -0.15426877, 0, 0.34573123, 0.84134475, 2.99595031, 10];
    for (let i = 0; i < count; i++) floats[PAGE / 4 + i] = table[i % 8];
    kernels.gelu(PAGE, 4 * PAGE, count, 0, 0, 0, 0);
    for (const from of [0, 20_000, count - 11])
      expectClose(`${call} gelu`, floats.subarray(PAGE + from), rotated(products, from), 1e-6);

    // [[1 2] [3 4]]·[[5 6] [7 8]] + [100 200]
    floats.set([1, 2, 3, 4], 4);
    floats.set([5, 6, 7, 8], 8);
    floats.set([100, 200], 12);
    kernels.matMul(16, 0, false, 32, 0, false, 64, 1, 2, 2, 2, 48, PAGE);
    expectClose(`${call} matMul`, floats.subarray(16), [119, 222, 143, 250], 0);
    kernels.matMul(16, 0, false, 32, 0, true, 64, 1, 2, 2, 2, 0, PAGE);
    expectClose(`${call} matMul with a transpose`, floats.subarray(16), [17, 23, 39, 53], 0);

    // the first step of Adam is the learning rate, against the sign of the gradient
    floats.set([1, 2], 4);
    floats.set([0.5, -4], 6);
    floats.set([0, 0, 0, 0], 8);
    kernels.adam(16, 24, 32, 40, 64, 72, 80, 2, 0.1, 0.9, 0.1, 0.999, 0.001, 1e-8, 0, 0, 1, 0.1, 0.001);
    expectClose(`${call} adam`, floats.subarray(16), [0.9, 2.1], 1e-6);
    kernels.close();
  }
}

const names = addon.variants.map(({ name }) => name).join(', ') || 'no kind of processor';
console.log(`${process.platform} on ${process.arch}, Node.js ${process.version}: ${names}; ${wrong} wrong`);
process.exitCode = wrong > 0 || addon.variants.length === 0 ? 1 : 0;

/** The list as it goes on from element `from`, one round of it. */
function rotated(list, from) {
  return list.map((_, i) => list[(from + i) % list.length]);
}
