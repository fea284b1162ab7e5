import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test as base, expect, type Page } from '@playwright/test';
import { consumer, runThere } from '../lib/consumer.mjs';
import { ofExample } from './demo-page.ts';
import { startHost } from './host.ts';
import { BROWSERS, type Tab } from './other-browsers.ts';

// integrations/site, as Vite builds it from the packed packages, in the engines of Chrome, Firefox and Safari.

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; base-uri 'none'";

/** How the same files are served: below each of these paths. */
const WAYS = {
  plain: { what: 'as any host serves it', isolated: false },
  isolated: { what: 'isolated, so that threads may share memory', isolated: true },
  policy: { what: 'under a strict Content Security Policy', isolated: true, policy: POLICY },
};
type Way = keyof typeof WAYS;
const BLOCKED = POLICY.replace(" 'wasm-unsafe-eval'", '');

type Site = { address: string; expected: Record<string, unknown> };

const test = base.extend<object, { site: Site }>({
  site: [
    async ({}, use) => {
      const root = join(await consumer(), 'site');
      const vite = await import(pathToFileURL(ofExample.resolve('vite')).href);
      await vite.build({ root, base: './', logLevel: 'error', worker: { format: 'es' }, build: { target: 'es2022' } });
      const wayOf = (path: string) => path.split('/')[1] ?? '';
      const content = (path: string) => {
        const name = path.slice(wayOf(path).length + 2) || 'index.html';
        const file = normalize(join(root, 'dist', name));
        if (!file.startsWith(join(root, 'dist')) || !existsSync(file)) return undefined;
        return name === 'index.html' ? readFileSync(file, 'utf8') : readFileSync(file);
      };
      const host = await startHost(
        content,
        (path) => WAYS[wayOf(path) as Way]?.isolated ?? false,
        (path) => (wayOf(path) === 'blocked' ? BLOCKED : wayOf(path) === 'policy' ? POLICY : undefined),
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
      await use({ address: host.address, expected });
      host.close();
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
async function everyWay(tab: Pick<Tab, 'goto' | 'evaluate'>, { address, expected }: Site, name: string): Promise<void> {
  for (const [way, { what, isolated }] of Object.entries(WAYS)) {
    const { shares, ...found } = await foundAt(tab, `${address}/${way}/`);
    console.log(`${name}, ${what}: ${JSON.stringify({ ...found, shares })}`);
    expect(found, what).toEqual({ ...expected, isolated });
  }
  const { translate, inWorker, train } = await foundAt(tab, `${address}/blocked/`);
  for (const refused of [translate, inWorker, train]) {
    expect(refused, 'under a policy without it').toMatch(/^no-backend: .*add 'wasm-unsafe-eval' to its script-src/);
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
