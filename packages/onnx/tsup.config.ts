import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', run: 'src/run/index.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  sourcemap: true,
});
