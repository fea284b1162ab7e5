import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bundledInParts } from './bundled.ts';

// The most that a page that only translates, classifies or prepares images may load before it starts, in gzipped kB (1000
// bytes), without the model and TensorFlow.js' own WebAssembly (136 kB): translation with the engine, ONNX Runtime (itself not
// counted) and TensorFlow.js; classification with the engine; images. `later`: what pages that translate load beside the model.
const BUDGETS = { engine: 40.5, onnx: 30.5, classify: 31, translate: 120, images: 10 };
const LATER = 26;

it.each(Object.entries(BUDGETS))(
  'the page %s loads at most %d kB; esbuild --analyze shows what came in',
  async (name, budget) => {
    const files = await bundledInParts(['./stock-*'], name);
    const first = staticImports(files, `/app/${name}.js`);
    const sizeOf = (path: string) => gzipSync(files.get(path) ?? '', { level: 9 }).length / 1000;
    const size = first.reduce((sum, path) => sum + sizeOf(path), 0);
    const texts = [...files.keys()].filter((path) => /\/texts-[\w-]+\.js$/.test(path));
    const later = texts.reduce((sum, path) => sum + sizeOf(path), 0);
    console.log(`${name} ${size.toFixed(1)} kB, later ${later.toFixed(1)} kB`);
    expect(size).toBeLessThanOrEqual(budget);
    expect(texts.length).toBe(['engine', 'onnx', 'translate'].includes(name) ? 1 : 0);
    expect(later).toBeLessThanOrEqual(LATER);
    const tensors = first.some((path) => Buffer.from(files.get(path) ?? '').includes('registryFactory')); // a field of TensorFlow.js' engine
    expect(tensors).toBe(name === 'translate');
  },
);

/** A module and all that it imports at once, not with import(). */
function staticImports(files: ReadonlyMap<string, Uint8Array>, entry: string): string[] {
  const found = [entry];
  for (const path of found) {
    const code = Buffer.from(files.get(path) ?? '').toString();
    expect(code, path).not.toBe('');
    for (const [, name = ''] of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) {
      if (!name.startsWith('stock-') && !found.includes(`/app/${name}`)) found.push(`/app/${name}`);
    }
  }
  return found;
}
