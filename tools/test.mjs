// @ts-check
// `npm test [-- NAME…]`: static checks, Vitest and Playwright in turn. Ends with `N passed, N failed`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumProgram } from './lib/chromium.mjs';
import { consumer } from './lib/consumer.mjs';
import { Failure, runQuietly, runToEnd } from './lib/exec.mjs';
import { buildNative } from './lib/native.mjs';
import { cache, readJson, root } from './lib/paths.mjs';
import { pnpmEnv, pnpmFolder } from './lib/pnpm.mjs';
import { prepare } from './lib/prepare.mjs';
import { readReport } from './lib/reports.mjs';

/** The names with this ending, without it. @param {string[]} names @param {string} ending */
const ending = (names, ending) =>
  names.flatMap((name) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : []));

/** Scripts of package.json: `check:types` is the check `types`. */
const scripts = Object.keys(readJson(join(root, 'package.json')).scripts).filter((name) => name.startsWith('check:'));
const STATIC = scripts.map((name) => name.slice('check:'.length));

/**
 * The test suites. Each of `parts` can be named, and `command` runs some of them. `build`: the turbo tasks that they need,
 * `packed`: whether they also need the packages packed and installed; `unless`: why they can't run here; `native`: whether
 * they test the native kernels if there is a compiler.
 * @type {Record<string, { parts: string[], command: (parts: string[]) => string[], build?: (parts: string[]) => string[],
 * packed?: true, chromium?: true, unless?: string, native?: true }>}
 */
const SUITES = {
  workspace: {
    parts: ending(readdirSync(join(root, 'tools/tests')), '.test.ts'),
    command: (parts) => ['vitest', 'run', '--project=workspace', ...parts.map((part) => `tools/tests/${part}.test.ts`)],
    build: (parts) => (parts.every((part) => SOURCES_ONLY.includes(part)) ? [] : ['build', 'types']),
    packed: true,
    native: true,
  },
  browser: {
    parts: ending(readdirSync(join(root, 'tools/browser')), '.spec.ts'),
    command: (parts) => ['playwright', 'test', ...parts.map((part) => `/${part}\\.spec\\.ts$`)],
    build: () => ['build'],
    packed: true,
    chromium: true,
  },
  conformance: {
    parts: ['conformance'],
    // WebGPU takes minutes per model on a software renderer; the same tests run in Node.js, with Dawn.
    command: () => [
      'vitest',
      'run',
      '--config=vitest.browser.config.ts',
      ...without('conformance/webgpu', 'translations'),
    ],
    chromium: true,
  },
  // One of its tests starts the built program.
  unit: { parts: ['unit'], command: () => ['vitest', 'run', '--project=unit'], build: () => ['build'], native: true },
  wide: {
    parts: ['wide'],
    command: () => ['vitest', 'run', '--config=vitest.wide.config.ts'],
    unless: Number.parseInt(process.versions.node, 10) < 24 || process.arch !== 'x64' ? 'Needs Node 24 on x64.' : '',
  },
};
/** Tests of the workspace that need no build. */
const SOURCES_ONLY = ['pins', 'generated', 'docs', 'npm-pages', 'recipes', 'release', 'tfjs'];

/** @param {string[]} names */
function without(...names) {
  return names.map((name) => `--exclude=**/${name}.browser.ts`);
}

const asked = process.argv.slice(2);
const names = [...STATIC, ...Object.entries(SUITES).flatMap(([name, { parts }]) => [name, ...parts])];
const unknown = asked.filter((name) => !['static', ...names].includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Expected some of static, ${[...new Set(names)].join(', ')}.`);
  process.exit(2);
}
/** Those of the `parts` that should run. @param {string} group @param {string[]} parts */
const chosen = (group, parts) =>
  asked.length === 0 || asked.includes(group) ? parts : parts.filter((part) => asked.includes(part));

let passed = 0;
/** What failed, by name. @type {string[]} */
const failed = [];
const pnpm = join(await pnpmFolder(), 'pnpm');
const options = { cwd: root, env: pnpmEnv(await pnpmFolder()) };

await Promise.all(chosen('static', STATIC).map(check));
let nativeKernels = '';
for (const [name, { parts, command, build, packed, chromium, unless, native }] of Object.entries(SUITES)) {
  const some = chosen(name, parts);
  if (some.length === 0) continue;
  console.log(`\n${name}: ${some.join(', ')}`);
  if (unless) {
    console.log(`SKIP ${unless}`);
    continue;
  }
  try {
    if (chromium && !chromiumProgram()) {
      const message = `No Chromium was found, so no ${name} tests ran. Install it, or name one in CHROMIUM.`;
      if (process.env.RINGFORMER_BROWSER === 'required') throw new Failure(message);
      console.log(`SKIP ${message}`);
      continue;
    }
    const tasks = build?.(some) ?? [];
    if (tasks.length > 0) await prepare({ build: tasks, tools: true });
    if (native && tasks.length > 0 && nativeKernels === '') {
      nativeKernels = await buildNative();
      console.log(nativeKernels);
    }
    if (packed && tasks.length > 0) {
      process.env.RINGFORMER_CONSUMER = options.env.RINGFORMER_CONSUMER = await consumer();
    }
    await run(name, command(some));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code >= 128) process.exit(error.code);
    failed.push(name);
    console.log(`FAIL ${error.message}`);
  }
}
if (failed.length > 0) console.log(`\nFailed:\n${failed.map((name) => `  ${name}`).join('\n')}`);
console.log(`\n${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Runs a script of package.json. @param {string} name */
async function check(name) {
  const start = performance.now();
  const { code, output } = await runQuietly(pnpm, ['run', '--silent', `check:${name}`], options);
  const line = `${name.padEnd(10)} ${((performance.now() - start) / 1000).toFixed(1)} s`;
  if (code === 0) passed += 1;
  else failed.push(name);
  console.log(code === 0 ? `ok   ${line}` : `FAIL ${line}\n${output}`);
}

/** Runs Vitest or Playwright, and counts what is in its report. @param {string} name @param {string[]} command */
async function run(name, command) {
  const file = join(cache, 'reports', `${name}.json`);
  mkdirSync(join(cache, 'reports'), { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const args = ['exec', ...command, ...(command[0] === 'vitest' ? reporters : [])];
  const env = { ...options.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file };
  const code = await runToEnd(pnpm, args, { ...options, env });
  if (code >= 128) throw new Failure('Stopped.', code);
  let report;
  try {
    report = readJson(file);
  } catch {
    throw new Failure(`${name} ended with exit code ${code} before it wrote its report.`);
  }
  const found = readReport(report);
  passed += found.passed;
  if (found.failed.length > 0) failed.push(...found.failed.map((test) => `${name}: ${test}`));
  else if (code !== 0) failed.push(name);
}
