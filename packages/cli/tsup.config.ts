import { defineConfig } from 'tsup';

const index = 'src/index.ts';
const program = {
  index,
  main: 'src/main.ts',
  'train-worker': 'src/train/worker.ts',
  'serve-thread': 'src/serve/thread.ts',
  'batch-thread': 'src/batch/thread.ts',
  'serve-documents': 'src/serve/documents.ts',
};

/** tsup would bundle it: it knows only the other kinds of dependencies. */
const external = ['@ringformer/native'];

// Only the library has declarations: one pass over it makes those of both formats.
export default defineConfig(({ dts }) =>
  typeof dts === 'object' && dts.only
    ? { entry: [index], format: ['esm', 'cjs'], dts: true }
    : [
        { entry: program, format: ['esm'], sourcemap: true, external },
        { entry: [index], format: ['cjs'], shims: true, sourcemap: true, external },
      ],
);
