import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    base: 'src/base.ts',
    gradients: 'src/register-gradients.ts',
    kernels: 'src/kernels.ts',
    parity: 'src/parity.ts',
    read: 'src/read.ts',
    'read-node': 'src/read-node.ts',
    'read-web': 'src/read-web.ts',
    testing: 'src/testing.ts',
    webgpu: 'src/webgpu.ts',
  },
  format: ['esm', 'cjs'],
  external: ['#read'],
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup sets baseUrl, which TypeScript 6 warns about
  clean: true,
  sourcemap: true,
});
