// @ts-check
// `node tools/screenshots.mjs`, after a build: the pictures of the demo page in docs/images, from headless Chromium.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serve, type, until } from './checks/demo-page.mjs';
import { inChromium } from './lib/chromium.mjs';
import { root } from './lib/paths.mjs';

const folder = join(root, 'docs/images');
mkdirSync(folder, { recursive: true });

await inChromium(async (context) => {
  const server = await serve();
  const page = await context.newPage();
  const picture = (/** @type {string} */ name) =>
    page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  /** Attention and signals come after the translation. */
  const translated = async (/** @type {string} */ text) => {
    await type(page, text);
    await until(page, "document.querySelectorAll('#map .word').length > 0");
  };
  await page.setViewportSize({ width: 1100, height: 700 });
  await page.goto(server.address);
  await translated('Ich habe gestern meinen Schlüssel verloren.');
  await page.locator('#map .word').nth(4).focus();
  await picture('translate');

  await page.click('#tab-classify');
  await until(page, "document.querySelectorAll('#guesses li').length === 5");
  await page.locator('#samples button').first().click();
  await until(page, "document.querySelector('#guesses li span')?.textContent === 'Ankle boot'");
  await picture('classify');

  await page.click('#tab-train');
  await page.fill('#train-steps', '400');
  await page.click('#start');
  await page.waitForFunction("/^Done/.test(document.querySelector('#train-figures').textContent)", undefined, {
    timeout: 900_000,
  });
  await picture('train');

  await page.setViewportSize({ width: 390, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.click('#tab-translate');
  await translated('Wo ist der Bahnhof?');
  await picture('phone');
  await server.close();
});
