import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'mpi-thread': 'src/mpi-thread.ts' },
  format: ['esm', 'cjs'],
  shims: true, // import.meta.url in the CommonJS build
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns about
  clean: true,
  sourcemap: true,
});
