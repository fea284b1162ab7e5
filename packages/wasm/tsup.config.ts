import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/gradients.ts', 'src/platform-node.ts', 'src/platform-web.ts'],
  format: ['esm', 'cjs'],
  external: ['#platform'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns of
  clean: true,
  sourcemap: true,
});
