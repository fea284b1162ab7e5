import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', node: 'src/node.ts', words: 'src/words.ts' },
  format: ['esm', 'cjs'],
  external: ['@resvg/resvg-js'], // optional: loaded when a PNG is asked for
  dts: true,
  clean: true,
  sourcemap: true,
});
