import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/tokenizer.ts'],
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns about
  clean: true,
  sourcemap: true,
});
