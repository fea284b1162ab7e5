// @ts-check
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { Failure } from '../lib/exec.mjs';
import { bundled } from './bundle.mjs';
import { consumer, runThere } from './consumer.mjs';

const PROGRAMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const TYPES = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm', json: 'application/json' };

/** The packages as published translate in Chromium as they do in Node.js. CHROMIUM names the program, if it isn't found. */
export async function browser() {
  const program = process.env.CHROMIUM ?? PROGRAMS.find((path) => existsSync(path));
  if (!program) {
    const needed = process.env.RINGFORMER_BROWSER === 'required';
    throw new Failure(
      'no Chromium on this machine: nothing was tried in a browser (CHROMIUM=path names one)',
      needed ? 1 : 0,
    );
  }
  const expected = (await runThere('node-esm', process.execPath, ['node-esm/translate.mjs'])).trim();
  const server = await serve();
  const profile = mkdtempSync(join(tmpdir(), 'ringformer-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    headless: true,
    args: FLAGS,
  });
  try {
    const page = await context.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    await page.goto(`http://127.0.0.1:${port}/`);
    const deadline = Date.now() + 120_000;
    let found;
    while (found === undefined && errors.length === 0 && Date.now() < deadline) {
      await page.waitForTimeout(100);
      found = await page.evaluate('globalThis.translation');
    }
    if (found !== expected) {
      throw new Failure(
        `Chromium gave ${JSON.stringify(found)}, Node.js ${JSON.stringify(expected)}.\n${errors.join('\n')}`,
      );
    }
    return `${context.browser()?.version() ?? 'Chromium'}: ${found}`;
  } finally {
    await context.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Serves the page, its bundle, and from the installed packages the model and TensorFlow.js' own .wasm files. */
async function serve() {
  const modules = join(await consumer(), 'node_modules');
  const bundle = await bundled();
  /** @param {string} path @returns {Uint8Array | string | undefined} */
  const content = (path) => {
    if (path === '/')
      return '<!doctype html><title>ringformer</title><script type="module" src="/app/bundle.js"></script>';
    if (path === '/app/bundle.js') return bundle;
    const [, folder, file = ''] = /^\/(model\/)?([\w-]+\.\w+)$/.exec(normalize(path)) ?? [];
    const from = folder ? '@ringformer/model-de-en/model' : '@tensorflow/tfjs-backend-wasm/dist';
    const found = join(modules, from, file);
    return existsSync(found) ? readFileSync(found) : undefined;
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const found = content(path);
    const kind = path === '/' ? 'html' : /** @type {keyof TYPES} */ (path.split('.').at(-1));
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': TYPES[kind] ?? 'application/octet-stream' });
    response.end(found);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return server;
}
