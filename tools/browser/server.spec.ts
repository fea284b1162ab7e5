import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { root } from '../lib/paths.mjs';
import { SOURCE, test, translated, type } from './demo-page.ts';

// The demo page with `ringformer serve` as its engine, and what it says if that cannot be.

const running = new Set<ChildProcess>();
test.afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `ringformer serve`; its address. */
async function serve(...flags: string[]): Promise<string> {
  const program = join(root, 'packages/cli/dist/main.js');
  const args = [program, 'serve', '--port', '0', '--threads', '1', '--quiet', ...flags];
  const child = spawn(process.execPath, args, { env: { ...process.env, RINGFORMER_TOKEN: 'a-long-secret' } });
  running.add(child);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  for (;;) {
    const address = /http:\S+/.exec(said)?.[0];
    if (address) return address;
    await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
    if (child.exitCode !== null) throw new Error(said);
  }
}

async function choose(page: Page, address: string, token = ''): Promise<void> {
  await page.selectOption('#engine', 'server');
  await page.fill('#server-token', token);
  await page.locator('#server-token').blur();
  await page.fill('#server-address', address);
  await page.locator('#server-address').blur();
}
const notice = (page: Page) => page.locator('#notice');
const origin = (address: string) => new URL(address).origin;

for (const [name, viewport] of Object.entries({
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 800 },
})) {
  test.describe(name, () => {
    test.use({ viewport });

    test('a server translates, piece by piece, and the page says so', async ({ page, address }, info) => {
      const server = await serve('--origin', origin(address));
      await page.goto('/');
      await translated(page);
      const here = await type(page);
      await choose(page, server, 'a-long-secret');
      const asked = page.waitForRequest(
        (request) => request.url() === `${server}/translate` && request.method() === 'POST',
      );
      expect(await type(page)).toBe(here);
      expect((await asked).postDataJSON()).toEqual({ text: SOURCE, from: 'de', to: 'en', stream: true });
      await expect(page.getByText('leaves this device')).toBeHidden();
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await page.screenshot({ path: info.outputPath('server.png'), fullPage: true });
      expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain('secret');
      await page.click('#tab-inside'); // computed here
      await expect(page.locator('#inside-shown')).toContainText(/station/i, { timeout: 30_000 });
    });
  });
}

test('what is wrong with a server is said, and the next one is asked', async ({ page, address }) => {
  test.setTimeout(120_000);
  const [open, closed] = await Promise.all([serve('--origin', origin(address)), serve()]);
  await page.goto('/');
  await translated(page);
  const says = (text: RegExp) => expect(notice(page)).toHaveText(text, { timeout: 20_000 });
  await choose(page, 'http://127.0.0.1:9');
  await says(/^No server answers at 127\.0\.0\.1:9\. Start one: ringformer serve --origin http/);
  await choose(page, closed, 'a-long-secret');
  await says(/does not allow this page\. Start it with --origin http/);
  await choose(page, open);
  await says(/^The server expects a token\.$/);
  await choose(page, open, 'a-wrong-secret');
  await says(/does not know this token/);
  await choose(page, 'http://');
  await says(/^Expected the address of a server/);
  await choose(page, origin(address)); // the page's own
  await says(/Is it a RingFormer server\?|not as a RingFormer server does/);
  await choose(page, open, 'a-long-secret');
  await translated(page);
  await expect(notice(page)).toBeHidden();
});

test('a busy server is asked again; a broken answer is an error; typing ends the request', async ({ page }) => {
  let count = 0;
  let left = 0;
  const busy = createServer((request, response) => {
    const cors = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': '*',
    };
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
    if (++count === 1) return void response.writeHead(429, { ...cors, 'retry-after': '1' }).end('{}');
    response.writeHead(200, { ...cors, 'content-type': 'text/event-stream' });
    response.write('data: {"piece":"Half');
    response.write(' a"}\n\ndata: {"piece":" word"}\n\n');
    response.once('close', () => left++);
    if (count === 2) setTimeout(() => response.end(), 300);
  }).listen(0, '127.0.0.1');
  await once(busy, 'listening');
  await page.goto('/');
  await translated(page);
  await choose(page, `127.0.0.1:${(busy.address() as AddressInfo).port}`);
  await expect(notice(page)).toHaveText('The server is busy. Trying again in 1 s.');
  await expect(page.locator('#target')).toHaveText('Half a word');
  await expect(notice(page)).toHaveText(/ended the translation before it was complete/);
  await page.fill('#source', 'Guten Tag.');
  await expect.poll(() => count).toBe(3);
  await page.fill('#source', '');
  await expect.poll(() => left).toBe(2);
  busy.close();
});
