// @ts-check
// node tools/bundlers.mjs [NAME…]: builds integrations/site with each bundler in a fresh project, from the packed packages,
// opens it in Chromium and prints what works: the table of docs/guides/bundlers-and-workers.md. It installs the bundlers'
// newest versions, so it is not a part of npm test. Build first: npm run build.
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { chromiumProgram } from './lib/chromium.mjs';
import { consumer } from './lib/consumer.mjs';
import { childEnv, runQuietly } from './lib/exec.mjs';
import { npm, npmEnv } from './lib/pnpm.mjs';

/** The page of integrations/site, and then TensorFlow.js' backend in the page itself. */
const ENTRY = `import './main.js';
import { startWasm } from '@ringformer/wasm';
globalThis.startWasm = await startWasm().then(({ name }) => name, (error) => error.message);
`;
const PAGE = '<!doctype html><title>ringformer</title><script type="module" src="./entry.js"></script>\n';

/** For bundlers that don't follow new URL(…): files by their names, copied to where the page is. */
const named = (/** @type {string} */ folder, /** @type {string} */ third) =>
  `const at = (name) => new URL('/${folder}/' + name, location.href);
export default { manifest: at('model.json'), config: at('config.json'), weights: at('model.safetensors'), ${third}: at('${third}.json') };
`;
const NAMED = { '@ringformer/model-de-en': 'de-en.js', '@ringformer/model-fashion': 'fashion.js' };

/**
 * packages: what is installed; files: what the project has besides the page; command: what builds `out`; named: whether model
 * files are copied and named, and the worker is an entry of its own.
 * @typedef {{ packages: string[], files?: Record<string, string>, command: string[], named?: boolean }} Bundler
 */
/** @type {Record<string, Bundler>} */
const BUNDLERS = {
  vite: { packages: ['vite'], command: ['vite', 'build', 'site', '--outDir', '../out'] },
  webpack: {
    packages: ['webpack', 'webpack-cli'],
    command: ['webpack', '--mode', 'production', '--entry', './site/entry.js', '--output-path', 'out'],
    files: { 'out/index.html': PAGE.replace('entry.js', 'main.js') },
  },
  next: {
    packages: ['next', 'react', 'react-dom'],
    command: ['next', 'build'],
    files: {
      'next.config.mjs':
        "import { dirname } from 'node:path';\nconst root = dirname(dirname(import.meta.dirname));\nexport default { output: 'export', turbopack: { root } };\n",
      'app/layout.js': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;\n',
      'app/page.js':
        "'use client';\nimport { useEffect } from 'react';\nexport default function Page() {\n  useEffect(() => void import('../site/entry.js'), []);\n  return null;\n}\n",
    },
  },
  esbuild: {
    packages: ['esbuild'],
    named: true,
    command: [
      ...['esbuild', 'site/entry.js', 'site/worker.js', '--bundle', '--splitting', '--format=esm', '--outdir=out'],
      ...Object.entries(NAMED).map(([name, file]) => `--alias:${name}=./${file}`),
    ],
    files: { 'out/index.html': PAGE },
  },
  rollup: {
    packages: ['rollup', '@rollup/plugin-node-resolve', '@rollup/plugin-commonjs'],
    named: true,
    command: ['rollup', '--config'],
    files: {
      'out/index.html': PAGE,
      'rollup.config.mjs': `import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
import { join } from 'node:path';
const names = ${JSON.stringify(NAMED)};
const named = { name: 'named', resolveId: (id) => (names[id] ? join(import.meta.dirname, names[id]) : null) };
export default {
  input: ['site/entry.js', 'site/worker.js'],
  output: { dir: 'out', entryFileNames: '[name].js' },
  plugins: [named, resolve({ browser: true }), commonjs()],
};
`,
    },
  },
  parcel: { packages: ['parcel'], command: ['parcel', 'build', 'site/index.html', '--dist-dir', 'out'] },
};

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
});

/** @param {string} folder */
async function serve(folder) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile())
      return void response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}

/** What the page says of itself. @param {string} folder */
async function opened(folder) {
  const site = await serve(folder);
  const browser = await chromium.launch({ executablePath: chromiumProgram(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const errors = /** @type {string[]} */ ([]);
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(site.url);
    const done = page.waitForFunction(() => 'startWasm' in globalThis, undefined, { timeout: 120_000 });
    await done.catch(() => errors.push('the page came to no end'));
    const found = await page.evaluate(() => {
      const { found, startWasm } = /** @type {any} */ (globalThis);
      return { ...found, startWasm };
    });
    return { found, errors };
  } finally {
    await browser.close();
    site.close();
  }
}

/** @param {string} name @param {Bundler} bundler @returns {Promise<string[]>} a row: name, script, worker, model files */
async function tried(name, { packages, files = {}, command, named: byName = false }) {
  const project = await consumer();
  const folder = join(project, 'bundlers', name);
  mkdirSync(join(folder, 'out'), { recursive: true });
  for (const part of ['site', 'classify.mjs', 'image.mjs'])
    cpSync(join(project, part), join(folder, part), { recursive: true });
  const own = {
    'package.json': '{ "private": true, "type": "module" }\n',
    'site/entry.js': ENTRY,
    'site/index.html': PAGE,
  };
  const copied = { 'de-en.js': named('de-en', 'tokenizer'), 'fashion.js': named('fashion', 'transform') };
  for (const [path, content] of Object.entries({ ...own, ...(byName ? copied : {}), ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  if (byName)
    for (const model of ['de-en', 'fashion'])
      cpSync(join(project, `node_modules/@ringformer/model-${model}/model`), join(folder, 'out', model), {
        recursive: true,
      });
  const installed = await npm(['install', ...packages], folder);
  const { version } =
    installed.code === 0
      ? JSON.parse(
          readFileSync(join(folder, 'node_modules', /** @type {string} */ (packages[0]), 'package.json'), 'utf8'),
        )
      : { version: '' };
  const title = `${name} ${version}`;
  if (installed.code !== 0) return [title, 'could not be installed', '', ''];
  const env = childEnv(npmEnv(), [join(folder, 'node_modules/.bin')]);
  const [program = '', ...args] = command;
  const built = await runQuietly(program, args, { cwd: folder, env });
  if (built.code !== 0) {
    const why = built.output.split('\n').find((line) => /error|failed|could not/i.test(line)) ?? built.output;
    return [title, `no: ${why.trim().slice(0, 160)}`, '', ''];
  }
  const { found, errors } = await opened(join(folder, 'out'));
  if (process.env.DEBUG) console.error(name, found, errors);
  const is = (/** @type {string} */ key, /** @type {string} */ value) =>
    found[key] === value ? 'yes' : `no: ${found[key] ?? errors[0]}`;
  const [script, wasm] = [is('translate', 'Where is the train station?'), is('startWasm', 'wasm')];
  const worker = [is('worker', 'started'), is('inWorker', 'Where is the train station?'), is('train', 'learns')];
  const both = (/** @type {string[]} */ answers) => answers.find((answer) => answer !== 'yes') ?? 'yes';
  const inWorker = both(worker);
  return [
    title,
    both([script, wasm]),
    inWorker === 'yes' && byName ? 'yes, as an entry of its own' : inWorker,
    byName ? 'copied and named' : script,
  ];
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in BUNDLERS));
if (unknown)
  throw new Error(`There is no bundler ${unknown} here. Expected some of ${Object.keys(BUNDLERS).join(', ')}.`);
console.log('| bundler | script, `startEngine()`, `startWasm()` | worker | model files |\n| --- | --- | --- | --- |');
for (const [name, bundler] of Object.entries(BUNDLERS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const row = await tried(name, bundler).catch((error) => [name, `no: ${error.message.split('\n')[0]}`, '', '']);
  console.log(`| ${row.join(' | ')} |`);
}
