// Averages the weights of several checkpoints of one run, which is about as good as the end of a schedule that has not come yet
// (Izmailov et al., 2018): node average.mjs OUTPUT CHECKPOINT CHECKPOINT …
// OUTPUT: the weights alone, as float16, for a model directory. Checkpoints: a run's checkpoint.safetensors, or model weights.
import { readFileSync, writeFileSync } from 'node:fs';
import { readSafetensors, writeSafetensors } from '@ringformer/core/base';

const [output, ...paths] = process.argv.slice(2);
if (output === undefined || paths.length < 1) {
  console.error('Usage: node average.mjs OUTPUT CHECKPOINT…');
  process.exit(2);
}

/** Weights by name, without Adam's moments. */
function weightsOf(path) {
  const { tensors } = readSafetensors(readFileSync(path));
  const entries = Object.entries(tensors);
  const trained = entries.filter(([name]) => name.startsWith('params.'));
  return trained.length > 0 ? trained.map(([name, raw]) => [name.slice('params.'.length), raw]) : entries;
}

const sums = new Map();
for (const path of paths) {
  for (const [name, { shape, data }] of weightsOf(path)) {
    const sum = sums.get(name) ?? { shape, data: new Float64Array(data.length) };
    if (String(sum.shape) !== String(shape)) throw new Error(`${path}: ${name} is [${shape}], expected [${sum.shape}]`);
    data.forEach((x, i) => {
      sum.data[i] += x / paths.length;
    });
    sums.set(name, sum);
  }
}
const mean = Object.fromEntries(
  [...sums].map(([name, { shape, data }]) => [name, { dtype: 'F16', shape, data: Float32Array.from(data) }]),
);
writeFileSync(output, writeSafetensors({ tensors: mean, metadata: {} }));
