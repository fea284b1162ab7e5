import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundled } from './bundled.ts';

// The most that a page which only translates, classifies or prepares images may load, in gzipped kB (1000 bytes), without the model
// and the .wasm: translation by the engine, by ONNX Runtime (which comes on top) and with TensorFlow.js; classification by the engine; images.
const BUDGETS = { engine: 36, onnx: 36, classify: 30, translate: 155, images: 10 };

it.each(Object.entries(BUDGETS))(
  'the page %s loads at most %d kB; esbuild --analyze shows what came in',
  async (name, budget) => {
    const code = (await bundled(name)).get(`/app/${name}.js`);
    expect(code).toBeDefined();
    const size = gzipSync(code ?? '', { level: 9 }).length / 1000;
    console.log(`${name} ${size.toFixed(1)} kB`);
    expect(size).toBeLessThanOrEqual(budget);
    const tensors = Buffer.from(code ?? '').includes('registryFactory'); // a field of TensorFlow.js' engine
    expect(tensors).toBe(name === 'translate');
  },
);
