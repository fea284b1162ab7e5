// @ts-check
import { isDeepStrictEqual } from 'node:util';
import { inChromium } from '../lib/chromium.mjs';
import { Failure } from '../lib/exec.mjs';
import { runThere } from './consumer.mjs';
import { startHost } from './model-host.mjs';

/** The most script, in gzipped kB (1000 bytes), that a page and its worker may load to translate. */
const BUDGET = 55;

/** Model files kept in Cache Storage, and a worker that translates and trains, in Chromium and with what goes wrong there. */
export async function models() {
  return inChromium(async (context) => {
    const host = await startHost();
    try {
      return await walk(
        context,
        host,
        (await runThere('node-esm', process.execPath, ['node-esm/translate.mjs'])).trim(),
      );
    } finally {
      host.close();
    }
  });
}

/**
 * @param {import('playwright-core').BrowserContext} context @param {Awaited<ReturnType<typeof startHost>>} host
 * @param {string} expected what Node.js translates
 */
async function walk(context, host, expected) {
  /** @param {import('playwright-core').Page} page */
  const visit = async (page) => {
    await page.goto(host.at('/'));
    await page.waitForFunction('globalThis.ready', undefined, { timeout: 30_000 });
  };
  let page = await context.newPage();
  /** @param {string} step @returns {Promise<any>} */
  const step = (step) => {
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Failure(`In Chromium ${step} took more than 90 s.`)), 90_000).unref();
    });
    return Promise.race([page.evaluate(`globalThis.steps.${step}()`), late]);
  };
  await visit(page);

  // The first load; its connection breaks once, 2 MB in.
  host.faults.set('/models/de-en/model.safetensors', { cut: 2_000_000 });
  const first = await step('translate');
  const script = host.scripts();
  if (script > BUDGET)
    throw new Failure(`To translate, ${script.toFixed(1)} kB of script are loaded, more than ${BUDGET} kB.`);
  const sizes = host.sizes('de-en');
  const size = sizes['/models/de-en/model.safetensors'] ?? 0;
  const total = Object.values(sizes).reduce((sum, n) => sum + n, 0);
  same('the first load', first, {
    translation: expected,
    pieces: first.pieces,
    last: { loaded: total, total },
    warnings: [],
    fresh: true,
    kept: true,
    aborted: true,
    refused: { ...first.refused, name: 'RingformerError', code: 'bad-argument' },
    isolated: true,
  });
  if (first.pieces.length < 3) throw new Failure(`The translation came in ${first.pieces.length} pieces.`);
  const ranges = host.asked.filter(({ path }) => path.endsWith('de-en/model.safetensors')).map(({ range }) => range);
  const from = Number(/^bytes=(\d+)-$/.exec(ranges[1] ?? '')?.[1]);
  if (ranges.length !== 2 || !(from > 0 && from < size)) throw new Failure(`Not resumed: ${JSON.stringify(ranges)}`);

  // The worker is killed while it translates and trains.
  await step('beginLong');
  await Promise.all(page.workers().map((worker) => worker.evaluate('self.close()').catch(() => {})));
  const ends = await step('outcome');
  for (const end of ends) same('a killed worker', end, { ...end, code: 'no-backend', message: ends[0].message });

  // No room: the model is there all the same. Then a damaged file, then a good one.
  const devtools = await context.newCDPSession(page);
  const origin = host.at('');
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  const full = await step('fashion');
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  same(
    'a full storage',
    [full.kept, full.bytes > 0, /storage of this site is full/.test(full.warnings.join())],
    [false, true, true],
  );
  host.faults.set('/models/fashion/model.safetensors', { damaged: true, always: true });
  const before = await step('keys');
  const damaged = await step('fashion');
  same('a damaged file', [damaged.error?.code, /its sha256 is/.test(damaged.error?.message)], ['bad-file', true]);
  const sum = host.sha256('fashion', 'weights');
  same(
    'the cache behind it',
    (await step('keys')).some((/** @type {string} */ key) => key.includes(sum)),
    false,
  );
  if (before.length < 4) throw new Failure(`The cache has only ${before}.`);
  host.faults.clear();
  same('the file put right', (await step('fashion')).kept, true);

  // Training: whole; stopped in the middle, the page loaded anew, and resumed.
  const accuracy = await step('trainWhole');
  const stopped = await step('trainHalf');
  same('a stopped training', stopped.name, 'AbortError');
  await visit(page);
  same('a resumed training', await step('trainRest'), { inTime: true, behind: 1, last: 60, same: true });
  const guess = await step('classify');

  // Without a connection: in the same page, and in a new one from a server whose models are gone.
  await context.setOffline(true);
  const offline = await step('opened');
  await context.setOffline(false);
  same('offline', [offline.fresh, offline.kept, offline.bytes], [false, true, size]);
  await page.close();
  host.down = true;
  page = await context.newPage();
  await visit(page);
  const again = await step('translate');
  same('the second load', [again.translation, again.fresh, again.last], [expected, false, { loaded: total, total }]);
  return `${expected} (in ${first.pieces.length} pieces), ${guess.label}, trained to ${accuracy}; ${script.toFixed(1)} kB of script to translate`;
}

/** @param {string} what @param {unknown} found @param {unknown} expected */
function same(what, found, expected) {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Failure(`In Chromium ${what} gave ${JSON.stringify(found)}; expected: ${JSON.stringify(expected)}.`);
}
