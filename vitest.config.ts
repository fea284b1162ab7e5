import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    testTimeout: 60_000,
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
