import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundledWithout } from './bundled.ts';

// The most that a page that only translates, classifies or prepares images may load, in gzipped kB (1000 bytes), without the model
// and TensorFlow.js' own WebAssembly (136 kB): translation with the engine, ONNX Runtime (itself not counted) and TensorFlow.js; classification with the engine; images.
const BUDGETS = { engine: 48, onnx: 38.5, classify: 31, translate: 166, images: 10 };

it.each(Object.entries(BUDGETS))(
  'the page %s loads at most %d kB; esbuild --analyze shows what came in',
  async (name, budget) => {
    const code = (await bundledWithout(['./stock-*'], name)).get(`/app/${name}.js`);
    expect(code).toBeDefined();
    const size = gzipSync(code ?? '', { level: 9 }).length / 1000;
    console.log(`${name} ${size.toFixed(1)} kB`);
    expect(size).toBeLessThanOrEqual(budget);
    const tensors = Buffer.from(code ?? '').includes('registryFactory'); // a field of TensorFlow.js' engine
    expect(tensors).toBe(name === 'translate');
  },
);
