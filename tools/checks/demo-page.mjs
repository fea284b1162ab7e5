// @ts-check
// The demo page as a person sees it, for the checks demo and faults.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from '../lib/exec.mjs';
import { cache, root } from '../lib/paths.mjs';

const folder = join(root, 'examples/web');
export const WAIT = { timeout: 180_000 };

/** Builds the page and serves it as `npm run demo` does. */
export async function serve() {
  const vite = await import(pathToFileURL(join(folder, 'node_modules/vite/dist/node/index.js')).href);
  await vite.build({ root: folder, logLevel: 'error' });
  const server = await vite.preview({ root: folder, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.httpServer.address());
  return { address: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page @param {string} id */
export const textOf = async (page, id) => (await page.textContent(`#${id}`)) ?? '';

/** Waits until an expression is true in the page. @param {Page} page @param {string} expression */
export async function until(page, expression) {
  await page.waitForFunction(expression, undefined, WAIT).catch(async (cause) => {
    await look(page, 'failed');
    const says = await textOf(page, 'notice');
    throw new Failure(`The demo page: ${expression} did not become true. It says “${says}”. ${cause.message}`);
  });
}

/** @param {boolean} right @param {string} what */
export function hold(right, what) {
  if (!right) throw new Failure(`The demo page: ${what}`);
}

/** @param {Page} page @param {string} name */
export async function look(page, name) {
  mkdirSync(join(cache, 'demo'), { recursive: true });
  await page.screenshot({ path: join(cache, 'demo', `${name}.png`), fullPage: true });
}

/** Translates `text` anew, to the end. @param {Page} page @param {string} text */
export async function type(page, text) {
  await page.fill('#source', '');
  await until(page, "document.querySelector('#target').textContent === ''");
  await page.fill('#source', text);
  await until(page, "/^\\d+ pieces/.test(document.querySelector('#figures').textContent)");
  return textOf(page, 'target');
}
