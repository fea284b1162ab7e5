import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';
import { consumer, runThere } from '../lib/consumer.mjs';
import { bundled } from '../tests/bundled.ts';
import { ofExample } from './demo-page.ts';
import { pageWith, startHost } from './host.ts';
import { BROWSERS, type Tab } from './other-browsers.ts';

// integrations/site, as Vite builds it from the packed packages, in the engines of Chrome, Firefox and Safari.

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; base-uri 'none'";

/** How the same files are served: below each of these paths. */
const WAYS = {
  plain: { what: 'as any host serves it', isolated: false },
  isolated: { what: 'isolated, so that threads may share memory', isolated: true },
  policy: { what: 'under a strict Content Security Policy', isolated: true, policy: POLICY },
  threads: {
    what: 'under a policy that allows threads',
    isolated: true,
    policy: POLICY.replace("worker-src 'self'", "worker-src 'self' blob:"),
  },
  blocked: {
    what: "under a policy without 'wasm-unsafe-eval'",
    isolated: true,
    policy: POLICY.replace(" 'wasm-unsafe-eval'", ''),
  },
} satisfies Record<string, { what: string; isolated: boolean; policy?: string }>;
type Way = { what: string; isolated: boolean; policy?: string };
const wayOf = (path: string): Way | undefined => (WAYS as Record<string, Way>)[path.split('/')[1] ?? ''];

/** Scripts of workers, as integrations/browser/starts.mjs asks for them. */
const SCRIPTS: Record<string, string> = {
  '/broken.js': 'let let = ;',
  '/throws.js': 'throw new Error("at the start");',
  '/silent.js': 'onmessage = () => {};',
  '/late.js': 'setTimeout(() => import("./app/worker.js"), 300);',
};
const STARTS = {
  ...{ missing: 'no-backend', html: 'no-backend', broken: 'no-backend', throws: 'no-backend', classic: 'no-backend' },
  ...{ silent: 'no-backend', late: 'started', good: 'started' },
};

type Site = { address: string; starts: string; expected: Record<string, unknown> };

const test = base.extend<object, { site: Site }>({
  site: [
    async ({}, use) => {
      const root = join(await consumer(), 'site');
      const vite = await import(pathToFileURL(ofExample.resolve('vite')).href);
      await vite.build({ root, base: './', logLevel: 'error', worker: { format: 'es' }, build: { target: 'es2022' } });
      const content = (path: string) => {
        const name = path.split('/').slice(2).join('/') || 'index.html';
        const file = normalize(join(root, 'dist', name));
        if (!file.startsWith(join(root, 'dist')) || !existsSync(file)) return undefined;
        return name === 'index.html' ? readFileSync(file, 'utf8') : readFileSync(file);
      };
      const host = await startHost(
        content,
        (path) => wayOf(path)?.isolated ?? false,
        (path) => wayOf(path)?.policy,
      );
      const inNode = (name: string) => runThere(process.execPath, [`node-esm/${name}.mjs`]);
      const translate = await inNode('translate');
      const expected = {
        decode: await inNode('images'),
        translate,
        worker: 'started',
        inWorker: translate,
        classify: await inNode('classify'),
        train: 'learns',
      };
      const code = await bundled('starts', 'worker');
      const encoder = new TextEncoder();
      const starts = await startHost((path) => {
        if (path === '/') return pageWith('/app/starts.js');
        return code.get(path) ?? (SCRIPTS[path] === undefined ? undefined : encoder.encode(SCRIPTS[path]));
      });
      await use({ address: host.address, starts: starts.address, expected });
      host.close();
      starts.close();
    },
    { scope: 'worker' },
  ],
});

/** Opens a page and waits for what it found. */
async function foundAt(tab: Pick<Tab, 'goto' | 'evaluate'>, address: string): Promise<Record<string, unknown>> {
  await tab.goto(address);
  const found = () => tab.evaluate('globalThis.found ?? null');
  await expect.poll(found, { intervals: [250] }).toBeTruthy();
  return (await found()) as Record<string, unknown>;
}

const tabOf = (page: Page) => ({
  goto: async (address: string) => void (await page.goto(address)),
  evaluate: (expression: string) => page.evaluate(expression),
});

/** Every way of serving in one browser, so that it starts once. */
async function everyWay(
  tab: Pick<Tab, 'goto' | 'evaluate'>,
  { address, starts, expected }: Site,
  name: string,
): Promise<void> {
  expect(await foundAt(tab, starts), 'workers that start, and others').toEqual(STARTS);
  const { blocked, ...working } = WAYS;
  for (const [way, { what, isolated }] of Object.entries(working)) {
    const { shares, threads, ...found } = await foundAt(tab, `${address}/${way}/`);
    console.log(`${name}, ${what}: ${JSON.stringify({ ...found, threads, shares })}`);
    expect(found, what).toEqual({ ...expected, isolated });
    expect(threads, `threads ${what}`).toBe(shares && way !== 'policy' ? 2 : 1);
  }
  const { translate, inWorker, train } = await foundAt(tab, `${address}/blocked/`);
  for (const refused of [translate, inWorker, train]) {
    expect(refused, blocked.what).toMatch(/^no-backend: .*add 'wasm-unsafe-eval' to its script-src/);
  }
}

test('Chromium translates, classifies and trains, also under a policy', async ({ page, site }) => {
  await everyWay(tabOf(page), site, 'Chromium');
});

for (const { name, missing, open } of BROWSERS) {
  test(`case vision/07: ${name} translates, classifies and trains, also under a policy`, async ({ site }) => {
    if (missing.length > 0) console.warn(`SKIP ${name}: install ${missing.join(' and ')}.`);
    // biome-ignore lint/suspicious/noSkippedTests: not every machine has these browsers
    test.skip(missing.length > 0, `Install ${missing.join(' and ')}.`);
    const tab = await open();
    try {
      await everyWay(tab, site, name);
    } finally {
      await tab.close();
    }
  });
}
