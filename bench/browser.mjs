// Runs the jobs in headless Chromium, against onnxruntime-web on the same page, which may share memory.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const HEADERS = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const TYPES = { mjs: 'text/javascript', wasm: 'application/wasm' };

/** Which jobs, with how many threads. */
const CONTESTS = [
  { id: 'J1', precision: 'f32', threads: 2 },
  { id: 'J1', precision: 'int8', threads: 2 },
  { id: 'J2', precision: 'f32', threads: 2 },
  { id: 'J1', precision: 'f32', threads: 1 },
];

/** Runs jobs of width 256 and reports each result. → the environment's name */
export async function run(jobs, rounds, tell) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, 'page.mjs')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = join(HERE, 'node_modules/onnxruntime-web/dist', basename(pathname));
    const [type, content] =
      pathname === '/'
        ? ['text/html', '<!doctype html><title>bench</title><script type="module" src="/page.mjs"></script>']
        : pathname === '/page.mjs'
          ? ['text/javascript', outputFiles[0].contents]
          : existsSync(file)
            ? [TYPES[pathname.split('.').at(-1)], readFileSync(file)]
            : [];
    response.writeHead(content ? 200 : 404, { 'content-type': type ?? 'text/plain', ...HEADERS });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'ringformer-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    for (const { id, precision, threads } of CONTESTS) {
      const job = jobs.find((job) => job.id === id && job.precision === precision && job.dim === 256);
      if (!job) continue;
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error(error.message));
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForFunction('globalThis.runJob');
      tell(
        await page.evaluate(
          ([job, threads, rounds]) => globalThis.runJob(job, threads, rounds),
          [job, threads, rounds],
        ),
      );
      await page.close();
    }
    return `Chromium ${context.browser()?.version() ?? ''}`;
  } finally {
    await context.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
