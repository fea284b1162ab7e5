import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    host: 'src/host.ts',
    files: 'src/files/index.ts',
    'files-node': 'src/files/node.ts',
    recovery: 'src/recovery.ts',
  },
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns of
  clean: true,
  sourcemap: true,
});
