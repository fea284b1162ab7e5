// @ts-check
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inChromium } from '../lib/chromium.mjs';
import { Failure, runQuietly } from '../lib/exec.mjs';
import { root } from '../lib/paths.mjs';
import { hold, look, serve, textOf, type, until, WAIT } from './demo-page.mjs';

/** @typedef {import('playwright-core').Page} Page */

const SIZES = { desktop: { width: 1100, height: 900 }, phone: { width: 390, height: 800 } };

/** The demo page as `npm run demo` builds and serves it: everything that can be clicked, at desktop and phone width. */
export async function demo() {
  return inChromium(async (context) => {
    const server = await serve();
    try {
      /** @type {string[]} */
      const errors = [];
      let translation = '';
      for (const [name, size] of Object.entries(SIZES)) {
        const page = await context.newPage();
        page.on('pageerror', ({ message }) => errors.push(message));
        await page.setViewportSize(size);
        await page.goto(server.address);
        translation = await translates(page, name);
        await classifies(page, name);
        await trains(page, name);
        await fits(page, name);
        await offline(context, page, translation);
        await page.close();
      }
      if (errors.length > 0) throw new Failure(`The demo page threw:\n${errors.join('\n')}`);
      return `“${translation}”`;
    } finally {
      await server.close();
    }
  });
}

/** @param {Page} page @param {string} on */
async function translates(page, on) {
  await until(page, "/^\\d+ pieces/.test(document.querySelector('#figures').textContent)");
  const translated = await type(page, 'Wo ist der Bahnhof?');
  hold(/station/i.test(translated), `“Wo ist der Bahnhof?” became “${translated}”.`);
  await until(page, "document.querySelectorAll('#map .word').length >= 8");
  const bars = await page.locator('#signals .bar').count();
  hold(bars === 4 * 5, `${bars} bars for 5 levels of 4 signals.`);
  await page.selectOption('#map-head', '0');
  await page.selectOption('#map-level', '0');
  await page.locator('#map .word').first().focus();
  hold((await page.locator('#map .word.on').count()) === 1, 'a word in focus is not marked.');
  await look(page, `${on}-translate`);

  await page.selectOption('#engine', 'wasm');
  hold(
    (await type(page, 'Wo ist der Bahnhof?')) === translated,
    'TensorFlow.js translates other than the wasm engine.',
  );
  await page.selectOption('#engine', 'engine');
  await page.locator('#depth').focus();
  await page.keyboard.press('ArrowLeft');
  await until(page, "document.querySelector('#depth-says').textContent.startsWith('2 + 2')");
  await page.keyboard.press('End');
  hold((await type(page, 'Wo ist der Bahnhof?')) === translated, 'back at full depth the translation differs.');
  return translated;
}

/** @param {Page} page @param {string} on */
async function classifies(page, on) {
  await page.locator('#tab-translate').focus();
  await page.keyboard.press('ArrowRight');
  await until(page, "document.querySelectorAll('#guesses li').length === 5");
  await page.locator('#samples button').nth(1).click();
  await until(page, "document.querySelector('#guesses li span')?.textContent === 'Trouser'");
  await look(page, `${on}-classify`);
  await page.click('#clear');
  const pad = /** @type {{ x: number, y: number }} */ (await page.locator('#pad').boundingBox());
  for (const x of [90, 180]) {
    await page.mouse.move(pad.x + x, pad.y + 30);
    await page.mouse.down();
    await page.mouse.move(pad.x + x, pad.y + 250, { steps: 4 });
    await page.mouse.up();
  }
  await until(page, "document.querySelectorAll('#guesses li').length === 5");
  await page.click('#clear');
  await page.setInputFiles('#file', join(root, 'packages/images/test/goldens/420.jpg'));
  await until(page, "document.querySelectorAll('#guesses li').length === 5");
  await page.setInputFiles('#file', { name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
  await until(page, "/cannot be read/.test(document.querySelector('#notice').textContent)");
}

/** Trains, stops, reloads, goes on, downloads, and classifies with what came of it. @param {Page} page @param {string} on */
async function trains(page, on) {
  await page.click('#tab-train');
  await page.fill('#train-steps', '60');
  await page.fill('#train-dim', '16');
  await page.fill('#train-levels', '2');
  await page.click('#start');
  await until(page, "document.querySelector('#train-progress').value > 0.4");
  await page.click('#stop');
  await until(page, "/^Stopped/.test(document.querySelector('#train-figures').textContent)");
  await page.reload();
  await until(page, "/^Go on from/.test(document.querySelector('#start').textContent)");
  await page.click('#start');
  await until(page, "/^Done/.test(document.querySelector('#train-figures').textContent)");
  await look(page, `${on}-train`);
  const coming = page.waitForEvent('download', WAIT);
  await page.click('#download');
  const file = await (await coming).path();
  await inNode(readFileSync(file));
  await page.click('#tab-classify');
  await page.setInputFiles('#own-model', { name: 'own.zip', mimeType: 'application/zip', buffer: readFileSync(file) });
  await until(page, "/own.zip/.test(document.querySelector('#classify-figures').textContent)");
  hold(/2 levels/.test(await textOf(page, 'classify-figures')), 'the trained model was not taken.');
  await page.click('#tab-train');
  await page.click('#forget');
  hold((await textOf(page, 'start')) === 'Start', 'what was trained is not forgotten.');
}

/** What was trained in the tab classifies in Node.js. @param {Buffer} zip */
async function inNode(zip) {
  const { unzipSync } = createRequire(join(root, 'examples/web/package.json'))('fflate');
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-demo-'));
  try {
    for (const [path, bytes] of Object.entries(unzipSync(zip))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const main = join(root, 'packages/cli/dist/main.js');
    const image = join(root, 'packages/images/test/goldens/420.jpg');
    const args = [main, 'classify', '-m', join(folder, 'ringformer-model'), image, '--json'];
    const { code, output } = await runQuietly(process.execPath, args);
    hold(
      code === 0 && output.split('"probability"').length === 6,
      `what was trained in the tab does not run in Node.js: ${output}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** No panel is wider than the screen. @param {Page} page @param {string} on */
async function fits(page, on) {
  for (const name of ['translate', 'classify', 'train']) {
    await page.click(`#tab-${name}`);
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    hold(wide <= 0, `${name} is ${wide} pixels too wide for a ${on}.`);
  }
  await page.click('#tab-translate');
}

/** @param {import('playwright-core').BrowserContext} context @param {Page} page @param {string} translation */
async function offline(context, page, translation) {
  await page.click('#tab-translate');
  await until(page, 'navigator.serviceWorker.controller !== null');
  await context.setOffline(true);
  await page.reload();
  await until(page, "/^\\d+ pieces/.test(document.querySelector('#figures').textContent)");
  hold((await type(page, 'Wo ist der Bahnhof?')) === translation, 'without a connection it translates otherwise.');
  await context.setOffline(false);
}
