import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { runQuietly } from '../lib/exec.mjs';
import { root } from '../lib/paths.mjs';
import { halfTrained, ofExample, SOURCE, startTraining, test, trained, translated, type } from './demo-page.ts';
import { BROWSERS } from './other-browsers.ts';

const SIZES = { desktop: { width: 1100, height: 900 }, phone: { width: 390, height: 800 } };
const PHOTO = join(root, 'packages/images/test/goldens/420.jpg');

/** No panel is wider than the screen. */
async function fits(page: Page): Promise<void> {
  for (const name of ['translate', 'classify', 'train', 'inside']) {
    await page.click(`#tab-${name}`);
    const excess = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(excess, `pixels by which ${name} is too wide`).toBeLessThanOrEqual(0);
  }
}

for (const [name, viewport] of Object.entries(SIZES)) {
  test.describe(name, () => {
    test.use({ viewport });

    test('translates, on each engine and at each depth', async ({ page }, info) => {
      await page.goto('/');
      await translated(page);
      const translation = await type(page);
      expect(translation).toMatch(/station/i);
      await expect.poll(() => page.locator('#map .word').count()).toBeGreaterThanOrEqual(8);
      expect(await page.locator('#signals .bar').count()).toBe(4 * 6); // 4 signals at 6 levels
      await page.selectOption('#map-head', '0');
      await page.selectOption('#map-level', '0');
      await page.locator('#map .word').first().focus();
      await expect(page.locator('#map .word.on')).toHaveCount(1);
      await page.screenshot({ path: info.outputPath('translate.png'), fullPage: true });

      const engine = await page.inputValue('#engine');
      await page.selectOption('#engine', 'wasm');
      expect(await type(page)).toBe(translation);
      await page.selectOption('#engine', engine);
      await page.locator('#depth').focus();
      await page.keyboard.press('ArrowLeft');
      await expect(page.locator('#depth-says')).toHaveText(/^3 \+ 2/);
      await page.keyboard.press('End');
      expect(await type(page)).toBe(translation);
      await fits(page);
    });

    test('translates the other way round, beginning with the translation', async ({ page }) => {
      await page.goto('/');
      const english = await type(page);
      await page.click('#swap');
      await expect(page.locator('#source-title')).toHaveText('English');
      await expect(page.locator('#source')).toHaveValue(english);
      await expect(page.locator('#target')).toHaveText(/Bahnhof/);
      await page.locator('#examples button').nth(1).click();
      await expect(page.locator('#target')).toHaveText(/Schlüssel/);
      await page.click('#swap');
      await expect(page.locator('#source-title')).toHaveText('German');
      await expect(page.locator('#target')).toHaveText(/key/i);
    });

    test('classifies samples, drawings and photos', async ({ page }, info) => {
      const guesses = page.locator('#guesses li');
      await page.goto('/');
      await page.locator('#tab-translate').focus();
      await page.keyboard.press('ArrowRight');
      await expect(guesses).toHaveCount(5);
      await page.locator('#samples button').nth(1).click();
      await expect(guesses.first().locator('span').first()).toHaveText('Trouser');
      await page.screenshot({ path: info.outputPath('classify.png'), fullPage: true });
      await page.click('#clear');
      const pad = (await page.locator('#pad').boundingBox())!;
      for (const x of [90, 180]) {
        await page.mouse.move(pad.x + x, pad.y + 30);
        await page.mouse.down();
        await page.mouse.move(pad.x + x, pad.y + 250, { steps: 4 });
        await page.mouse.up();
      }
      await expect(guesses).toHaveCount(5);
      await page.click('#clear');
      await page.setInputFiles('#file', PHOTO);
      await expect(guesses).toHaveCount(5);
      await page.setInputFiles('#file', { name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
      await expect(page.locator('#notice')).toHaveText(/cannot be read/);
      await fits(page);
    });

    test('trains, stops, resumes after a reload, and gives a model that runs here and in Node.js', async ({
      page,
    }, info) => {
      await page.goto('/');
      await startTraining(page, 60);
      await halfTrained(page);
      await page.click('#stop');
      await expect(page.locator('#train-figures')).toHaveText(/^Stopped/);
      await page.reload();
      await expect(page.locator('#start')).toHaveText(/^Resume from/);
      await page.click('#start');
      await trained(page);
      await page.screenshot({ path: info.outputPath('train.png'), fullPage: true });
      const coming = page.waitForEvent('download');
      await page.click('#download');
      const zip = readFileSync(await (await coming).path());

      const folder = info.outputPath('model');
      const entries: Record<string, Uint8Array> = ofExample('fflate').unzipSync(zip);
      for (const [path, bytes] of Object.entries(entries)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), bytes);
      }
      const main = join(root, 'packages/cli/dist/main.js');
      const args = [main, 'classify', '-m', join(folder, 'ringformer-model'), PHOTO, '--json'];
      const { code, output } = await runQuietly(process.execPath, args);
      expect(code, output).toBe(0);
      expect(output.match(/"probability"/g)).toHaveLength(5);

      await page.click('#tab-classify');
      await page.setInputFiles('#own-model', { name: 'own.zip', mimeType: 'application/zip', buffer: zip });
      await expect(page.locator('#classify-figures')).toHaveText(/own.zip/);
      await expect(page.locator('#classify-figures')).toHaveText(/2 levels/);
      await fits(page);
      await page.click('#tab-train');
      await page.click('#forget');
      await expect(page.locator('#start')).toHaveText('Start');
    });

    test('shows what happens inside, for the last sentence and the last image', async ({ page }, info) => {
      await page.goto('/');
      await translated(page);
      const loaded: string[] = [];
      page.on('response', (response) => loaded.push(new URL(response.url()).pathname));
      await page.click('#tab-inside');
      const drawings = page.locator('#inside-pictures svg');
      await expect(drawings).toHaveCount(8);
      expect(loaded.some((path) => /draw-[^/]+\.js$/.test(path))).toBe(true); // only now
      await expect(page.locator('#inside-shown')).toHaveText(/Hund .* → .*dog/i);
      await expect(page.locator('#inside-alignment .rf-ties path').first()).toBeVisible();
      await page.selectOption('#inside-level', '0');
      await page.selectOption('#inside-head', { value: '1' });
      await expect(page.locator('#inside-alignment h2')).toHaveText('What each word looked at: level 1, head 2');
      await page.locator('#inside-alignment summary').click();
      await expect(page.locator('#inside-alignment td').first()).toHaveText(/^\d\.\d\d$/);
      await page.screenshot({ path: info.outputPath('inside-sentence.png'), fullPage: true });
      await page.selectOption('#inside-what', 'image');
      await expect(page.locator('#inside-class-token image')).toHaveCount(7); // the image, and 6 levels
      await expect(page.locator('#inside-shown')).toHaveText('Taken for: Ankle boot');
      await page.screenshot({ path: info.outputPath('inside-image.png'), fullPage: true });
      await fits(page);
    });

    test('translates without a connection', async ({ page, context }) => {
      await page.goto('/');
      await translated(page);
      const translation = await type(page, SOURCE);
      await page.waitForFunction('navigator.serviceWorker.controller !== null');
      await context.setOffline(true);
      await page.reload();
      await translated(page);
      expect(await type(page)).toBe(translation);
    });
  });
}

for (const { name, missing, open } of BROWSERS) {
  test.describe(() => {
    test.describe.configure({ retries: name === 'WebKit' ? 1 : 0 }); // its driver hangs now and then
    test(`case vision/07: ${name} shows the page: it translates, classifies and trains`, async ({ address }, info) => {
      if (missing.length > 0) console.warn(`SKIP ${name}: install ${missing.join(' and ')}.`);
      // biome-ignore lint/suspicious/noSkippedTests: not every machine has these browsers
      test.skip(missing.length > 0, `Install ${missing.join(' and ')}.`);
      const tab = await open();
      const shows = (id: string) => tab.evaluate(`document.getElementById('${id}').textContent`);
      const click = (id: string) => tab.evaluate(`void document.getElementById('${id}').click()`);
      const picture = async (panel: string) =>
        writeFileSync(info.outputPath(`${name}-${panel}.png`), await tab.picture());
      try {
        await tab.goto(address);
        await expect.poll(() => shows('figures')).toMatch(/^\d+ pieces/);
        expect(await shows('target')).toMatch(/dog.*table/i);
        await picture('translate');
        await click('tab-classify');
        await expect.poll(() => tab.evaluate("document.querySelectorAll('#guesses li').length")).toBe(5);
        await picture('classify');
        await click('tab-train');
        await expect.poll(() => shows('start')).toBe('Start');
        for (const [field, value] of Object.entries({ steps: 20, dim: 16, levels: 2 })) {
          await tab.evaluate(`void (document.getElementById('train-${field}').value = '${value}')`);
        }
        await click('start');
        await expect.poll(() => shows('train-figures')).toMatch(/^Done/);
        await picture('train');
        await click('tab-inside');
        await expect.poll(() => tab.evaluate("document.querySelectorAll('#inside-pictures svg').length")).toBe(8);
        await picture('inside');
        expect(await shows('notice')).toBe('');
      } finally {
        await tab.close();
      }
    });
  });
}
