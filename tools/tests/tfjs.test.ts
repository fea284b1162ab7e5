import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { failed, runQuietly } from '../lib/exec.mjs';
import { cache, root } from '../lib/paths.mjs';

// TensorFlow.js ships its own tests. Many fail on its wasm backend, which lacks kernels; on ours no others may.

const out = join(cache, 'tfjs-suite');
const installed = (path: string) => join(root, 'node_modules/@tensorflow', path);

beforeAll(async () => {
  mkdirSync(out, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['tools/tfjs-suite/suite.mjs'],
    outfile: join(out, 'suite.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    mainFields: ['module', 'main'],
    external: ['jasmine-core', '@ringformer/native'],
    ignoreAnnotations: true, // the tests are said to have no side effects
    logLevel: 'error',
    banner: {
      js:
        "import { createRequire } from 'node:module'; globalThis.require = createRequire(import.meta.url);" +
        'const { filename: __filename, dirname: __dirname } = import.meta;',
    },
    plugins: [{ name: 'one-copy', setup: ({ onResolve }) => onResolve({ filter: /^@tensorflow\// }, place) }],
  });
  const dist = installed('tfjs-backend-wasm/dist');
  for (const name of readdirSync(dist).filter((name) => name.endsWith('.wasm'))) {
    copyFileSync(join(dist, name), join(out, name));
  }
});

/** One copy of tfjs-core, with the modules that it does not export. */
function place({ path }: { path: string }): { path: string } | undefined {
  const inCore = /^@tensorflow\/tfjs-core(\/.*)?$/.exec(path);
  if (!inCore) return undefined;
  const file = installed(`tfjs-core${inCore[1] ?? '/dist/index.js'}`);
  return { path: realpathSync(existsSync(file) ? file : `${file}.js`) };
}

type Result = [status: string, name: string, why: string];

async function suite(name: string, env: NodeJS.ProcessEnv): Promise<Result[]> {
  const file = join(out, `${name}.json`);
  const result = await runQuietly(process.execPath, [join(out, 'suite.mjs'), file], {
    env: { ...process.env, ...env },
    cwd: out,
  });
  if (result.code !== 0) throw failed(`TensorFlow.js' tests (${name})`, result);
  return JSON.parse(readFileSync(file, 'utf8')) as Result[];
}

it("passes every test of TensorFlow.js that its own backend passes, also after the tests' resets", async () => {
  const [stock, ours] = await Promise.all([suite('stock', {}), suite('ours', { RINGFORMER_KERNELS: 'auto' })]);
  const count = (results: Result[], status: string) => results.filter(([is]) => is === status).length;
  console.log(
    `Of ${stock.length} tests TensorFlow.js' wasm backend passes ${count(stock, 'passed')}, ours ${count(ours, 'passed')}.`,
  );
  expect(count(stock, 'passed')).toBeGreaterThan(3800);
  expect(ours.map(([, name]) => name)).toEqual(stock.map(([, name]) => name)); // in the same order: some names occur twice
  expect(ours.filter(([status], i) => status === 'failed' && stock[i]?.[0] !== 'failed')).toEqual([]);
  expect(count(ours, 'passed')).toBeGreaterThanOrEqual(count(stock, 'passed'));
});
