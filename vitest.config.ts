import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    testTimeout: 60_000,
    // Vitest would leave one core idle: half of a machine with two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    setupFiles: ['tools/lib/equality.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'examples/*/src/**/*.test.ts', 'tools/lib/*.test.ts'],
        },
      },
      {
        // About the packages as they are published. `npm test -- NAME` runs one file after a build.
        extends: true,
        test: { name: 'workspace', include: ['tools/tests/*.test.ts'], testTimeout: 600_000 },
      },
    ],
  },
});
