import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test as base, expect, type Page } from '@playwright/test';
import { consumer, runThere } from '../lib/consumer.mjs';
import { bundled } from '../tests/bundled.ts';
import { type Host, pageWith, startHost } from './host.ts';

// Model files in Cache Storage, and a worker that translates and trains, including what can go wrong.

/** The most script, in gzipped kB (1000 bytes), that a page and its worker may load to translate. */
const BUDGET = 83;

type Manifest = { files: Record<string, { name: string; size: number; sha256: string }> };

type Site = { host: Host; scripts: Map<string, Uint8Array>; manifest: (model: string) => Manifest };

/** What the steps return: each of them some of these. */
type Answer = {
  translation: string;
  pieces: string[];
  warnings: string[];
  kept: boolean;
  bytes: number;
  label: string;
  name: string;
  message: string;
  error: { code: string; message: string };
};
type Step = <T = Answer>(name: string) => Promise<T>;

const test = base.extend<{ site: Site; step: Step }, { content: Site['scripts'] }>({
  content: [async ({}, use) => use(await bundled('models', 'worker')), { scope: 'worker' }],
  site: async ({ content: scripts }, use) => {
    const modules = join(await consumer(), 'node_modules');
    const content = (path: string) => {
      if (path === '/') return pageWith('/app/models.js');
      if (path.startsWith('/app/')) return scripts.get(path);
      const [, model, file] = /^\/models\/([\w-]+)\/([\w.-]+)$/.exec(normalize(path)) ?? [];
      const found = join(modules, `@ringformer/model-${model}/model/${file}`);
      return model && existsSync(found) ? readFileSync(found) : undefined;
    };
    const host = await startHost(content);
    const manifest = (model: string) => JSON.parse(String(content(`/models/${model}/model.json`)));
    await use({ host, scripts, manifest });
    host.close();
  },
  /** Runs a step of integrations/browser/models.mjs in the page. */
  step: async ({ page, site }, use) => {
    await visit(page, site);
    await use((name) => page.evaluate(`globalThis.steps.${name}()`));
  },
});

async function visit(page: Page, { host }: Site) {
  await page.goto(host.address);
  await page.waitForFunction('globalThis.ready', undefined, { timeout: 30_000 });
}

test('a page loads a model once, resumes a broken download, and needs no connection afterwards', async ({
  page,
  context,
  site,
  step,
}) => {
  const { host, scripts } = site;
  const weights = '/models/de-en/model.safetensors';
  const files = Object.values(site.manifest('de-en').files);
  const size = files.find(({ name }) => weights.endsWith(`/${name}`))?.size ?? 0;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const expected = await runThere(process.execPath, ['node-esm/translate.mjs']);

  host.faults.set(weights, { cut: 2_000_000 });
  const first = await step('translate');
  expect(first).toEqual({
    translation: expected,
    pieces: expect.any(Array),
    last: { loaded: total, total },
    warnings: [],
    fresh: true,
    kept: true,
    aborted: true,
    refused: { name: 'RingformerError', code: 'bad-argument', message: expect.any(String) },
    isolated: true,
  });
  expect(first.pieces.length).toBeGreaterThanOrEqual(3);
  const ranges = host.asked.filter(({ path }) => path === weights).map(({ range }) => range);
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  const from = Number(/\d+/.exec(ranges[1] ?? '')?.[0]);
  expect(from).toBeGreaterThan(0);
  expect(from).toBeLessThan(size);

  const loaded = new Set(host.asked.map(({ path }) => path));
  const sizes = [...scripts].map(([path, code]) => (loaded.has(path) ? gzipSync(code, { level: 9 }).length / 1000 : 0));
  expect.soft(sizes.reduce((sum, kB) => sum + kB)).toBeLessThanOrEqual(BUDGET);

  await context.setOffline(true);
  expect(await step('opened')).toMatchObject({ fresh: false, kept: true, bytes: size });
  await context.setOffline(false);

  await page.close();
  host.down.push('/models/');
  const next = await context.newPage();
  await visit(next, site);
  const again = await next.evaluate('globalThis.steps.translate()');
  expect(again).toMatchObject({ translation: expected, fresh: false, last: { loaded: total, total } });
});

test('a killed worker rejects all pending requests', async ({ page, step }) => {
  await step('translate');
  await step('beginLong');
  await Promise.all(page.workers().map((worker) => worker.evaluate('self.close()').catch(() => {})));
  const ends = await step<Answer[]>('outcome');
  expect(ends).toHaveLength(3);
  for (const end of ends) expect(end).toMatchObject({ code: 'lost', message: ends[0]?.message });
});

test('full storage doesn’t keep a model from loading', async ({ page, context, site, step }) => {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.host.address, quotaSize: 1000 });
  const { kept, bytes, warnings } = await step('fashion');
  expect(kept).toBe(false);
  expect(bytes).toBeGreaterThan(0);
  expect(warnings.join()).toMatch(/this site's storage is full/);
});

test('a damaged file is refused and not stored', async ({ site, step }) => {
  const { host } = site;
  await step('opened'); // another model's files
  host.faults.set('/models/fashion/model.safetensors', { damaged: true, always: true });
  const before = await step<string[]>('keys');
  expect(before.length).toBeGreaterThanOrEqual(4);
  const { error } = await step('fashion');
  expect(error).toMatchObject({ code: 'bad-file', message: expect.stringMatching(/expected sha256 /) });
  const sum = site.manifest('fashion').files.weights?.sha256 ?? '';
  expect(sum).toMatch(/^[0-9a-f]{64}$/);
  expect((await step<string[]>('keys')).filter((key) => key.includes(sum))).toEqual([]);
  host.faults.clear();
  expect((await step('fashion')).kept).toBe(true);
});

test('stopped training resumes after a reload, byte for byte', async ({ page, site, step }) => {
  await step('trainWhole');
  expect((await step('trainHalf')).name).toBe('AbortError');
  await visit(page, site);
  expect(await step('trainRest')).toEqual({ inTime: true, behind: 1, last: 60, same: true });
});

test('a worker classifies', async ({ step }) => {
  expect((await step('classify')).label).toEqual(expect.any(String));
});
