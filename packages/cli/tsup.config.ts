import { defineConfig } from 'tsup';

export default defineConfig([
  { entry: ['src/index.ts'], format: ['esm', 'cjs'], dts: true, clean: true, sourcemap: true },
  {
    entry: { main: 'src/main.ts', 'train-worker': 'src/train/worker.ts' },
    format: ['esm'],
    splitting: true,
    sourcemap: true,
  },
]);
