import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    engine: 'src/engine/index.ts',
    'platform-node': 'src/platform-node.ts',
    'platform-web': 'src/platform-web.ts',
    'threads-node': 'src/engine/threads-node.ts',
    'threads-web': 'src/engine/threads-web.ts',
  },
  format: ['esm', 'cjs'],
  external: ['#platform', '#threads'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns about
  clean: true,
  sourcemap: true,
});
