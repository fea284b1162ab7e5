import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/int8.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  clean: true,
  sourcemap: true,
  // tsup's own shim for import.meta.url is wrong in folders with # or % in their names.
  esbuildOptions(options, { format }) {
    if (format !== 'cjs') return;
    options.define = { ...options.define, 'import.meta.url': 'here' };
    options.banner = { js: "const here = require('node:url').pathToFileURL(__filename).href;" };
  },
});
