// Other browsers than Chromium, as Debian has them: Firefox through WebDriver BiDi, and WebKitGTK (Safari's engine) through
// WebDriver and a screen that is not there.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { launch } from 'puppeteer-core';

/** A page in a browser. */
export type Tab = {
  goto(address: string): Promise<void>;
  /** The value of an expression, as plain data. */
  evaluate(expression: string): Promise<unknown>;
  /** A screenshot (PNG). */
  picture(): Promise<Uint8Array>;
  close(): Promise<void>;
};

export type Browser = {
  readonly name: string;
  /** The Debian packages that it needs and this machine lacks. */
  readonly missing: readonly string[];
  open(): Promise<Tab>;
};

const VIEW = { width: 1100, height: 1000 };
/** On a busy machine WebKitGTK's driver sometimes answers no more. */
const PATIENCE_MS = 60_000;

/** The path of a program. */
const program = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

const firefox = program('firefox-esr') ?? program('firefox');
const [driver, screen] = [program('WebKitWebDriver'), program('Xvfb')];

export const BROWSERS: readonly Browser[] = [
  { name: 'Firefox', missing: firefox ? [] : ['firefox-esr'], open: openFirefox },
  {
    name: 'WebKit',
    missing: [...(driver ? [] : ['webkit2gtk-driver']), ...(screen ? [] : ['xvfb'])],
    open: openWebKit,
  },
];

async function openFirefox(): Promise<Tab> {
  const browser = await launch({ browser: 'firefox', executablePath: firefox, headless: true, defaultViewport: VIEW });
  const page = await browser.newPage();
  return {
    goto: async (address) => void (await page.goto(address, { waitUntil: 'domcontentloaded' })),
    evaluate: (expression) => page.evaluate(expression),
    picture: () => page.screenshot({ fullPage: true }),
    close: () => browser.close(),
  };
}

async function openWebKit(): Promise<Tab> {
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-webkit-')); // nothing of the user's own profile
  const running: ChildProcess[] = [];
  const start = (path: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    running.push(child);
    return child;
  };
  const stop = () => {
    for (const child of running.reverse()) child.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const size = `${VIEW.width}x${VIEW.height}x24`;
    const display = start(screen ?? '', ['-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp']);
    const number = await new Promise<string>((resolve, reject) => {
      display.once('exit', () => reject(new Error('Xvfb did not start')));
      (display.stdio[3] as NodeJS.ReadableStream).once('data', (text) => resolve(String(text).trim()));
    });
    const port = await freePort();
    start(driver ?? '', [`--port=${port}`, '--host=127.0.0.1'], {
      DISPLAY: `:${number}`,
      GDK_BACKEND: 'x11',
      HOME: folder,
      XDG_CACHE_HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      // its sandbox needs user namespaces, which containers do not give
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    });
    const session = await webDriver(`http://127.0.0.1:${port}`);
    return {
      goto: async (address) => void (await session.call('POST', '/url', { url: address })),
      evaluate: async (expression) => {
        const script = `return JSON.stringify(${expression})`;
        const value = await session.call('POST', '/execute/sync', { script, args: [] });
        return typeof value === 'string' ? JSON.parse(value) : undefined;
      },
      picture: async () => Buffer.from(String(await session.call('GET', '/screenshot')), 'base64'),
      close: async () => {
        await session.call('DELETE', '').catch(() => {});
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/** A session of a driver that is just starting: https://www.w3.org/TR/webdriver2 */
async function webDriver(address: string) {
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(address + path, { method, signal, ...(body ? { body: JSON.stringify(body) } : {}) });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value).slice(0, 500)}`);
    return value;
  };
  for (let tries = 0; ; tries++) {
    try {
      await send('GET', '/status');
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const { sessionId } = (await send('POST', '/session', { capabilities: { alwaysMatch: {} } })) as {
    sessionId: string;
  };
  return {
    call: (method: string, path: string, body?: object) => send(method, `/session/${sessionId}${path}`, body),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
