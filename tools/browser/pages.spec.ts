import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { consumer, runThere } from '../lib/consumer.mjs';
import { root } from '../lib/paths.mjs';
import { bundled } from '../tests/bundled.ts';
import { pageWith, startHost } from './host.ts';

const PROGRAMS = ['translate', 'engine', 'onnx', 'classify', 'images'];
/** The path of a program's script; it looks for its model in `../model`. */
const scriptOf = (program: string) => `${program === 'classify' ? '/fashion' : ''}/app/${program}.js`;

/** Serves a page and its bundle for each program, and the models of the installed packages. */
const test = base.extend<object, { address: string }>({
  address: [
    async ({}, use) => {
      const modules = join(await consumer(), 'node_modules');
      const folders: Record<string, string> = {
        'model/': join(modules, '@ringformer/model-de-en/model'),
        'fashion/model/': join(modules, '@ringformer/model-fashion/model'),
        'ort/': join(root, 'node_modules/onnxruntime-web/dist'), // only for the tests: no package includes it
      };
      const scripts = new Map<string, Uint8Array>();
      for (const program of PROGRAMS) {
        for (const code of (await bundled(program)).values()) scripts.set(scriptOf(program), code);
      }
      const content = (path: string) => {
        const program = path.split('/')[1] ?? '';
        if (PROGRAMS.includes(program)) return pageWith(scriptOf(program));
        if (scripts.has(path)) return scripts.get(path);
        const [, folder = '', file = ''] =
          /^\/(model\/|fashion\/model\/|ort\/)([\w-]+\.[\w.-]+)$/.exec(normalize(path)) ?? [];
        const found = join(folders[folder] ?? '', file);
        return file && existsSync(found) ? readFileSync(found) : undefined;
      };
      const host = await startHost(content, (path) => path.endsWith('isolated'));
      await use(host.address);
      host.close();
    },
    { scope: 'worker' },
  ],
});

/** Pages, what they show, and the program of node-esm that does the same in Node.js. */
const PAGES = [
  { path: '/translate', what: 'translation with TensorFlow.js', program: 'translate' },
  { path: '/engine', what: 'translation by the engine', program: 'translate' },
  { path: '/engine/isolated', what: 'translation by the engine with two threads', program: 'translate', threads: 2 },
  { path: '/onnx', what: 'translation by ONNX Runtime', program: 'translate' },
  { path: '/classify', what: 'classification by the engine', program: 'classify' },
  { path: '/images', what: 'decoding images', program: 'images' },
];

for (const { path, what, program, threads = 1 } of PAGES) {
  test(`${what} gives the same as in Node.js`, async ({ page, address }) => {
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
    const expected = await runThere(process.execPath, [`node-esm/${program}.mjs`]);
    await page.goto(address + path);
    const answer = () => page.evaluate('globalThis.answer');
    await expect.poll(async () => (await answer()) !== undefined || errors.length > 0).toBe(true);
    expect(errors).toEqual([]);
    expect(await answer()).toBe(expected);
    expect(await page.evaluate('globalThis.threads ?? 1')).toBe(threads);
  });
}
