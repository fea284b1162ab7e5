import { expect, type Page, type Route } from '@playwright/test';
import { SOFTWARE_GPU } from '../lib/chromium.mjs';
import { halfTrained, SOURCE, startTraining, test, trained, translated, type } from './demo-page.ts';

// Whatever goes wrong on the demo page ends in a clear state: the page says what happened and works again.

test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({ ...launchOptions, args: [...SOFTWARE_GPU, '--disable-domain-blocking-for-3d-apis'] }),
});

const says = (page: Page, pattern: RegExp) => expect(page.locator('#notice')).toHaveText(pattern);

/** Types without waiting for a translation. */
async function again(page: Page): Promise<void> {
  await page.fill('#source', '');
  await expect(page.locator('#figures')).toHaveText('');
  await page.fill('#source', SOURCE);
}

test('weights that are missing, cut short or do not match the manifest', async ({ page, context }) => {
  const weights = /\.safetensors$/;
  const answer = async (change: (route: Route) => Promise<void>) => {
    await context.unroute(weights);
    await context.route(weights, change);
  };
  const body = async (route: Route) => (await route.fetch()).body();

  await answer((route) => route.fulfill({ status: 404, body: 'not here' }));
  await page.goto('/');
  await says(page, /404/);

  await answer(async (route) => route.fulfill({ status: 200, body: (await body(route)).subarray(0, 100_000) }));
  await again(page);
  await says(page, /100.?000|ended|short|of [\d,. ]+ bytes/i);

  await answer(async (route) => {
    const damaged = await body(route);
    damaged[damaged.length - 1]! ^= 1;
    await route.fulfill({ status: 200, body: damaged });
  });
  await again(page);
  await says(page, /sha256/);

  await context.unroute(weights);
  expect(await type(page)).toMatch(/station/i);
});

test('a killed worker', async ({ page }) => {
  await page.goto('/');
  await translated(page);
  const translation = await type(page);
  await Promise.all(page.workers().map((worker) => worker.evaluate('self.close()').catch(() => {})));
  await says(page, /worker is gone/);
  expect(await type(page)).toBe(translation);
});

test('a GPU process that ends and takes every context with it', async ({ page, browser }) => {
  await page.goto('/');
  await translated(page);
  const translation = await type(page);
  await page.selectOption('#engine', 'webgl');
  expect(await type(page)).toBe(translation);
  const devtools = await browser.newBrowserCDPSession();
  await devtools.send('Browser.crashGpuProcess').catch(() => {});
  expect(await type(page)).toBe(translation);
});

test('full storage', async ({ page, context }) => {
  await page.goto('/');
  await translated(page);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1000 });
  await startTraining(page, 60);
  await halfTrained(page);
  await says(page, /cannot be saved/);
  await trained(page);
  await expect(page.locator('#download')).toBeEnabled();
});

test('a tab that is closed in the middle of training', async ({ page, context }) => {
  await page.goto('/');
  await startTraining(page, 120);
  await halfTrained(page);
  await page.close();
  const next = await context.newPage();
  await next.goto('/#train');
  await expect(next.locator('#start')).toHaveText(/^Resume from update \d+/);
  const at = Number(/\d+/.exec((await next.textContent('#start')) ?? '')?.[0]);
  expect(at).toBeGreaterThanOrEqual(25);
  expect(at).toBeLessThan(120);
  await startTraining(next);
  await trained(next);
});

test('case vision/08: two tabs that train: the second one waits, and no run is lost', async ({ page, context }) => {
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await tab.goto('/#train');
    await expect(tab.locator('#start')).toHaveText('Start');
  }
  await startTraining(page, 300); // long enough that a slow click still meets it
  await halfTrained(page);
  await startTraining(other, 30);
  await says(other, /runs in another tab/);
  await other.click('#start');
  await expect(other.locator('#start')).toHaveText('Start');
  await page.click('#stop');
  await expect(page.locator('#train-figures')).toHaveText(/^Stopped/);
  await expect(other.locator('#start')).toHaveText(/^Resume from update \d+/);
  await expect(other.locator('#train-steps')).toHaveValue('300');
  await startTraining(other);
  await expect(other.locator('#stop')).toBeEnabled();
  await page.dispatchEvent('#forget', 'click'); // at once: `click` waits for frames, which a tab behind another seldom draws
  await says(page, /runs in another tab/);
  await trained(other);
  await expect(page.locator('#download')).toBeEnabled();
  await page.reload();
  await expect(page.locator('#train-figures')).toHaveText(/^Trained/);
});

test('case vision/08: a tab that was opened before another one trained does not write over its run', async ({
  page,
  context,
}) => {
  const other = await context.newPage();
  await other.goto('/#train');
  await expect(other.locator('#start')).toHaveText('Start');
  await page.goto('/');
  await startTraining(page, 20);
  await trained(page);
  await startTraining(other, 30);
  await says(other, /Another tab has trained/);
  await expect(other.locator('#download')).toBeEnabled();
  await expect(other.locator('#train-steps')).toHaveValue('20');
  await other.click('#forget');
  await startTraining(other, 30);
  await trained(other);
});
