import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumProgram, SOFTWARE_GPU } from './tools/lib/chromium.mjs';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests in real Chromium, on software renderers: `npm test -- conformance` runs most. */
export default defineConfig({
  cacheDir: here('.cache/vite'),
  resolve: {
    conditions: ['source'],
    alias: [{ find: /^.*\/fixture-files\.ts$/, replacement: here('packages/test-tools/src/fixture-files-page.ts') }],
  },
  optimizeDeps: {
    noDiscovery: true, // a dependency that is found late would reload the page in the middle of a test
    include: ['core', 'backend-cpu', 'backend-wasm', 'backend-webgl', 'backend-webgpu'].map(
      (name) => `@tensorflow/tfjs-${name}`,
    ),
  },
  test: {
    include: ['packages/*/test/**/*.browser.ts'],
    testTimeout: 300_000, // software renderers compile each shader for a tenth of a second
    hookTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      connectTimeout: 120_000,
      provider: playwright({ launchOptions: { executablePath: chromiumProgram(), args: SOFTWARE_GPU } }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
