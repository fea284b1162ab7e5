// The demo page as a visitor sees it, for demo.spec.ts, faults.spec.ts and pictures.ts.
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';
import { root } from '../lib/paths.mjs';

const folder = join(root, 'examples/web');
/** What the example depends on, but the workspace does not. */
export const ofExample = createRequire(join(folder, 'package.json'));

/** Builds the page once and serves it as `npm run demo` does; no page may throw. */
export const test = base.extend<object, { address: string }>({
  address: [
    async ({}, use) => {
      const vite = await import(pathToFileURL(ofExample.resolve('vite')).href);
      await vite.build({ root: folder, logLevel: 'error' });
      const preview = { port: 0, host: '127.0.0.1' };
      const server = await vite.preview({ root: folder, logLevel: 'error', preview });
      await use(`http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}/`);
      await server.close();
    },
    { scope: 'worker' },
  ],
  baseURL: ({ address }, use) => use(address),
  context: async ({ context }, use) => {
    const errors: string[] = [];
    context.on('weberror', (error) => errors.push(error.error().message));
    await use(context);
    expect(errors).toEqual([]);
  },
});

export const SOURCE = 'Wo ist der Bahnhof?';

/** Waits for a complete translation. */
export const translated = (page: Page) => expect(page.locator('#figures')).toHaveText(/^\d+ pieces/);

/** Translates `text` again, to the end. */
export async function type(page: Page, text = SOURCE): Promise<string> {
  await page.fill('#source', '');
  await expect(page.locator('#target')).toHaveText('');
  await page.fill('#source', text);
  await translated(page);
  return (await page.textContent('#target')) ?? '';
}

/** Trains a tiny model for some updates, or resumes one. */
export async function startTraining(page: Page, steps?: number): Promise<void> {
  await page.click('#tab-train');
  if (steps) {
    await page.fill('#train-steps', String(steps));
    await page.fill('#train-dim', '16');
    await page.fill('#train-levels', '2');
  }
  await page.click('#start');
}

export const halfTrained = (page: Page) =>
  page.waitForFunction("document.querySelector('#train-progress').value > 0.4", undefined, { timeout: 180_000 });

export const trained = (page: Page, timeout?: number) =>
  expect(page.locator('#train-figures')).toHaveText(/^Done/, { timeout });
