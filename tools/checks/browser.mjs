// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { ISOLATION, inChromium } from '../lib/chromium.mjs';
import { Failure } from '../lib/exec.mjs';
import { root } from '../lib/paths.mjs';
import { bundled } from './bundle.mjs';
import { consumer, runThere } from './consumer.mjs';

const TYPES = {
  html: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
  json: 'application/json',
  mjs: 'text/javascript',
};

/** The packages as published translate, and decode images, in Chromium as they do in Node.js. */
export async function browser() {
  return inChromium(tryPages);
}

/** @param {import('playwright-core').BrowserContext} context */
async function tryPages(context) {
  /** @param {string} name */
  const inNode = async (name) => (await runThere('node-esm', process.execPath, [`node-esm/${name}.mjs`])).trim();
  const expected = { translate: await inNode('translate'), images: await inNode('images') };
  const server = await serve();
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    for (const [path, program] of Object.entries(PAGES)) {
      await visit(context, `http://127.0.0.1:${port}${path}`, expected[program]);
    }
    return `${context.browser()?.version() ?? 'Chromium'}: ${expected.translate}`;
  } finally {
    server.close();
  }
}

/**
 * Opens a page and waits for its answer.
 * @param {import('playwright-core').BrowserContext} context @param {string} address @param {string} expected
 */
async function visit(context, address, expected) {
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  await page.goto(address);
  const deadline = Date.now() + 120_000;
  let found;
  while (found === undefined && errors.length === 0 && Date.now() < deadline) {
    await page.waitForTimeout(100);
    found = await page.evaluate('globalThis.answer');
  }
  if (found !== expected) {
    throw new Failure(
      `${address} gave ${JSON.stringify(found)}, Node.js ${JSON.stringify(expected)}.\n${errors.join('\n')}`,
    );
  }
  const threads = await page.evaluate('globalThis.threads ?? 1');
  if (address.endsWith('isolated') && threads !== 2) throw new Failure(`${address} ran with ${threads} thread.`);
  await page.close();
}

/**
 * Pages, and the program of node-esm that gives the same answer: translation with TensorFlow.js; on the wasm engine; and that
 * with threads, on a page that may share memory; by ONNX Runtime; images.
 * @type {Record<string, 'translate' | 'images'>}
 */
const PAGES = {
  '/translate': 'translate',
  '/engine': 'translate',
  '/engine/isolated': 'translate',
  '/onnx': 'translate',
  '/images': 'images',
};

/** Serves the page, its bundle, and from the installed packages the model and TensorFlow.js' own .wasm files. */
async function serve() {
  const modules = join(await consumer(), 'node_modules');
  /** @type {Record<string, string>} */
  const FOLDERS = {
    '': join(modules, '@tensorflow/tfjs-backend-wasm/dist'),
    'model/': join(modules, '@ringformer/model-de-en/model'),
    'ort/': join(root, 'node_modules/onnxruntime-web/dist'), // a tool of the checks: no package brings it
  };
  const bundles = {
    '/app/translate.js': await bundled('translate'),
    '/app/engine.js': await bundled('engine'),
    '/app/onnx.js': await bundled('onnx'),
    '/app/images.js': await bundled('images'),
  };
  /** @param {string} path @returns {Uint8Array | string | undefined} */
  const content = (path) => {
    if (Object.hasOwn(PAGES, path)) {
      return `<!doctype html><title>ringformer</title><script type="module" src="/app/${path.split('/')[1]}.js"></script>`;
    }
    if (path in bundles) return bundles[/** @type {keyof typeof bundles} */ (path)];
    const [, folder = '', file = ''] = /^\/(model\/|ort\/)?([\w-]+\.[\w.-]+)$/.exec(normalize(path)) ?? [];
    const found = join(FOLDERS[folder] ?? '', file);
    return existsSync(found) ? readFileSync(found) : undefined;
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const found = content(path);
    const kind = Object.hasOwn(PAGES, path) ? 'html' : /** @type {keyof TYPES} */ (path.split('.').at(-1));
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': TYPES[kind] ?? 'application/octet-stream',
      ...(path.endsWith('isolated') ? ISOLATION : {}),
    });
    response.end(found);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return server;
}
