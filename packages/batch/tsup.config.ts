import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', thread: 'src/thread.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  sourcemap: true,
});
