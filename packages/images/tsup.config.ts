import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    node: 'src/node.ts',
    'codecs-node': 'src/codecs-node.ts',
    'codecs-web': 'src/codecs-web.ts',
    'workers-node': 'src/workers-node.ts',
    'workers-web': 'src/workers-web.ts',
    worker: 'src/worker.ts',
  },
  format: ['esm', 'cjs'],
  external: ['#codecs', '#workers'],
  shims: true, // import.meta.url in the CommonJS build
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns of
  clean: true,
  sourcemap: true,
});
