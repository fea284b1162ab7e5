import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/gradients.ts', 'src/read-node.ts', 'src/read-web.ts'],
  format: ['esm', 'cjs'],
  external: ['#read'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns of
  clean: true,
  sourcemap: true,
});
