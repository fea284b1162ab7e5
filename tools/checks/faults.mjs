// @ts-check
import { CHROMIUM_FLAGS, inChromium } from '../lib/chromium.mjs';
import { Failure } from '../lib/exec.mjs';
import { hold, look, serve, textOf, type, until } from './demo-page.mjs';

/** @typedef {import('playwright-core').Page} Page @typedef {import('playwright-core').BrowserContext} Context */

const SOURCE = 'Wo ist der Bahnhof?';

/** What can go wrong on the demo page ends in a clear state: what the page says, and that it works again. */
export async function faults() {
  return inChromium(
    async (context) => {
      const server = await serve();
      try {
        const page = await context.newPage();
        /** @type {string[]} */
        const errors = [];
        page.on('pageerror', ({ message }) => errors.push(message));
        const translation = await badFiles(context, page, server.address);
        await killedWorker(page, translation);
        await lostGpu(context, page, translation);
        await fullStorage(context, page, server.address);
        await closedTab(context, page, server.address);
        if (errors.length > 0) throw new Failure(`The demo page threw:\n${errors.join('\n')}`);
        return 'files, a worker, the GPU, the storage and a tab, each gone and back';
      } finally {
        await server.close();
      }
    },
    [...CHROMIUM_FLAGS, '--disable-domain-blocking-for-3d-apis'],
  );
}

/** @param {Page} page @param {RegExp} pattern */
const notice = (page, pattern) => until(page, `${pattern}.test(document.querySelector('#notice').textContent)`);

/** A first visit whose weights are missing, cut short, or other than listed. @param {Context} context @param {Page} page @param {string} address */
async function badFiles(context, page, address) {
  const weights = /\.safetensors$/;
  /** @param {(route: import('playwright-core').Route) => Promise<void>} answer */
  const answer = async (answer) => {
    await context.unroute(weights);
    await context.route(weights, answer);
  };
  await answer((route) => route.fulfill({ status: 404, body: 'not here' }));
  await page.goto(address);
  await notice(page, /404/);

  const cut = async (/** @type {import('playwright-core').Route} */ route) => {
    const response = await route.fetch();
    await route.fulfill({ status: 200, body: (await response.body()).subarray(0, 100_000) });
  };
  await answer(cut);
  await again(page);
  await notice(page, /100.?000|ended|short|of [\d,. ]+ bytes/i);

  await answer(async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1;
    await route.fulfill({ status: 200, body });
  });
  await again(page);
  await notice(page, /sha256/);

  await context.unroute(weights);
  return type(page, SOURCE);
}

/** Types without waiting for a translation. @param {Page} page */
async function again(page) {
  await page.fill('#source', '');
  await until(page, "document.querySelector('#figures').textContent === ''");
  await page.fill('#source', SOURCE);
}

/** @param {Page} page @param {string} translation */
async function killedWorker(page, translation) {
  await Promise.all(page.workers().map((worker) => worker.evaluate('self.close()').catch(() => {})));
  await notice(page, /worker is gone/);
  hold((await type(page, SOURCE)) === translation, 'after its worker was killed it translates otherwise.');
}

/** The browser's GPU process ends, and with it every context. @param {Context} context @param {Page} page @param {string} translation */
async function lostGpu(context, page, translation) {
  await page.selectOption('#engine', 'webgl');
  hold((await type(page, SOURCE)) === translation, 'WebGL translates otherwise.');
  const browser = await context.browser()?.newBrowserCDPSession();
  if (!browser) throw new Failure('Chromium cannot be told to end its GPU process.');
  await browser.send('Browser.crashGpuProcess').catch(() => {});
  hold((await type(page, SOURCE)) === translation, 'after its GPU was lost it translates otherwise.');
  await page.selectOption('#engine', 'engine');
}

/** @param {Page} page @param {string} [steps] */
async function startTraining(page, steps) {
  await page.click('#tab-train');
  if (steps) {
    await page.fill('#train-steps', steps);
    await page.fill('#train-dim', '16');
    await page.fill('#train-levels', '2');
  }
  await page.click('#start');
  await until(page, "document.querySelector('#train-progress').value > 0.4");
}

/** @param {Context} context @param {Page} page @param {string} address */
async function fullStorage(context, page, address) {
  const devtools = await context.newCDPSession(page);
  const origin = new URL(address).origin;
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  await startTraining(page, '60');
  await notice(page, /cannot be kept/);
  await until(page, "/^Done/.test(document.querySelector('#train-figures').textContent)");
  hold(!(await page.isDisabled('#download')), 'what was trained on a full storage cannot be downloaded.');
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await page.click('#forget');
}

/** @param {Context} context @param {Page} page @param {string} address */
async function closedTab(context, page, address) {
  await startTraining(page, '120');
  await page.close();
  const next = await context.newPage();
  await next.goto(`${address}#train`);
  await until(next, "/^Go on from update \\d+/.test(document.querySelector('#start').textContent)");
  const at = Number(/\d+/.exec(await textOf(next, 'start'))?.[0]);
  hold(at >= 25 && at < 120, `after the tab was closed it goes on from update ${at}.`);
  await startTraining(next);
  await until(next, "/^Done/.test(document.querySelector('#train-figures').textContent)");
  await look(next, 'faults');
}
