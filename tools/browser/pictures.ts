import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { root } from '../lib/paths.mjs';
import { test, trained, type } from './demo-page.ts';

// The pictures of the demo page in docs/images, after a build: PICTURES=1 npx playwright test

const picture = (page: Page, name: string) =>
  page.screenshot({ path: join(root, 'docs/images', `${name}.png`), fullPage: true });

/** Attention and signals appear after the translation. */
async function translate(page: Page, text: string): Promise<void> {
  await type(page, text);
  await expect(page.locator('#map .word').first()).toBeVisible();
}

test.use({ viewport: { width: 1100, height: 700 } });

test('translate, classify, train', async ({ page }) => {
  test.setTimeout(1_200_000);
  await page.goto('/');
  await translate(page, 'Ich habe gestern meinen Schlüssel verloren.');
  await page.locator('#map .word').nth(4).focus();
  await picture(page, 'translate');

  await page.click('#tab-classify');
  await expect(page.locator('#guesses li')).toHaveCount(5);
  await page.locator('#samples button').first().click();
  await expect(page.locator('#guesses li span').first()).toHaveText('Ankle boot');
  await picture(page, 'classify');

  await page.click('#tab-train');
  await page.fill('#train-steps', '400');
  await page.click('#start');
  await trained(page, 900_000);
  await picture(page, 'train');
});

test.describe('phone', () => {
  test.use({ viewport: { width: 390, height: 800 }, colorScheme: 'dark' });

  test('phone', async ({ page }) => {
    await page.goto('/');
    await translate(page, 'Wo ist der Bahnhof?');
    await picture(page, 'phone');
  });
});
