// The tests of the WebAssembly kernels and of the engine again, compiled at once by V8's optimising compiler, with 256-bit
// vectors: see `enableWideVectors` of @ringformer/wasm. Needs Node 24 on x64.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    testTimeout: 60_000,
    setupFiles: ['tools/lib/equality.ts'],
    include: [
      'packages/wasm/src/**/*.test.ts',
      'packages/seq2seq/test/{engine,screen,parity-engine,parity-wasm}.test.ts',
      'packages/vit/test/{parity-engine,parity-wasm}.test.ts',
    ],
    exclude: ['**/native-*.test.ts'],
    env: { RINGFORMER_NATIVE: '0' },
    execArgv: ['--experimental-wasm-revectorize', '--no-liftoff'],
  },
});
