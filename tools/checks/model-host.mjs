// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ISOLATION } from '../lib/chromium.mjs';
import { consumer } from './consumer.mjs';

const TYPES = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm', json: 'application/json' };
const PAGE = '<!doctype html><title>ringformer</title><script type="module" src="/app/models.js"></script>';

/** The page's script and the worker's with what they load later, by address. @returns {Promise<Map<string, Uint8Array>>} */
async function bundled() {
  const { outputFiles = [] } = await build({
    absWorkingDir: await consumer(),
    entryPoints: ['browser/models.mjs', 'browser/worker.mjs'],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    outdir: '/app',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.replaceAll('\\', '/').replace(/^\w:/, ''), contents]));
}

/** A static host, as any, that can misbehave. */
export async function startHost() {
  const modules = join(await consumer(), 'node_modules');
  const scripts = await bundled();
  /** @param {string} path @returns {Uint8Array | undefined} */
  const content = (path) => {
    if (path === '/') return Buffer.from(PAGE);
    if (path.startsWith('/app/')) return scripts.get(path);
    const [, model, file] = /^\/models\/([\w-]+)\/([\w.-]+)$/.exec(normalize(path)) ?? [];
    const wasm = /^\/wasm\/([\w-]+\.wasm)$/.exec(path)?.[1];
    const name = model ? `@ringformer/model-${model}/model/${file}` : `@tensorflow/tfjs-backend-wasm/dist/${wasm}`;
    return existsSync(join(modules, name)) ? readFileSync(join(modules, name)) : undefined;
  };
  /** @param {string} model @returns {{ files: Record<string, { name: string, size: number, sha256: string }> }} */
  const manifest = (model) => JSON.parse(String(content(`/models/${model}/model.json`)));
  const host = {
    /** @type {{ path: string, range?: string }[]} */
    asked: [],
    /** @type {Map<string, { cut?: number, damaged?: boolean, always?: boolean }>} */
    faults: new Map(),
    down: false,
    /** Of the scripts asked for so far: what they have in all, minified and gzipped, in kB (1000 bytes). */
    scripts: () =>
      [...new Set(host.asked.map(({ path }) => path))].reduce(
        (sum, path) => sum + (scripts.has(path) ? gzipSync(scripts.get(path) ?? '', { level: 9 }).length / 1000 : 0),
        0,
      ),
    /** @param {string} path */
    at: (path) => `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}${path}`,
    /** @param {string} model */
    sizes: (model) =>
      Object.fromEntries(
        Object.values(manifest(model).files).map(({ name, size }) => [`/models/${model}/${name}`, size]),
      ),
    /** @param {string} model @param {string} role */
    sha256: (model, role) => manifest(model).files[role]?.sha256 ?? '',
    close: () => server.close(),
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const { range } = request.headers;
    host.asked.push({ path, ...(range ? { range } : {}) });
    const found = content(path);
    if (host.down && path.startsWith('/models/')) return request.socket.destroy();
    if (!found) return response.writeHead(404).end();
    const fault = host.faults.get(path);
    if (fault && !fault.always) host.faults.delete(path);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const body = found.subarray(start);
    if (fault?.damaged) body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1;
    const kind = path === '/' ? 'html' : /** @type {keyof typeof TYPES} */ (path.split('.').at(-1));
    response.writeHead(start > 0 ? 206 : 200, {
      ...ISOLATION,
      'content-type': TYPES[kind] ?? 'application/octet-stream',
      'content-length': body.length,
      etag: `"${found.length}"`,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${found.length - 1}/${found.length}` } : {}),
    });
    if (fault?.cut === undefined) return response.end(body);
    response.write(body.subarray(0, fault.cut), () => setTimeout(() => request.socket.destroy(), 200));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return host;
}
