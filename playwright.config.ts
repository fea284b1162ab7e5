import { defineConfig } from '@playwright/test';
import { chromiumProgram } from './tools/lib/chromium.mjs';

/** Pages with our packages as published, and the demo page, in the Chromium that is installed. */
export default defineConfig({
  testDir: 'tools/browser',
  testMatch: process.env.PICTURES ? 'pictures.ts' : '*.spec.ts', // PICTURES=1 npx playwright test: docs/images
  outputDir: '.cache/playwright',
  reporter: [['list'], ['json']], // npm test says where: PLAYWRIGHT_JSON_OUTPUT_FILE
  forbidOnly: Boolean(process.env.CI),
  workers: 1, // what runs in a page has threads of its own
  timeout: 600_000,
  expect: { timeout: 180_000 },
  use: {
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromiumProgram(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    },
  },
});
