// @ts-check
// `npm test [-- NAME…]`: scripts, Vitest and Playwright in turn. Ends with `N passed, N failed`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumProgram } from './lib/chromium.mjs';
import { consumer } from './lib/consumer.mjs';
import { Failure, runQuietly, runToEnd } from './lib/exec.mjs';
import { cache, readJson, root } from './lib/paths.mjs';
import { pnpmEnv, pnpmFolder } from './lib/pnpm.mjs';
import { prepare } from './lib/prepare.mjs';

/** @param {string} folder @param {string} ending */
const filesIn = (folder, ending) =>
  readdirSync(join(root, folder)).flatMap((name) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : []));

const scripts = Object.keys(readJson(join(root, 'package.json')).scripts);

/** What can be named: a group, or a part of it. */
const GROUPS = {
  static: scripts.flatMap((name) => (name.startsWith('check:') ? [name.slice('check:'.length)] : [])),
  workspace: filesIn('tools/tests', '.test.ts'), // Vitest, about packages as they are published
  browser: filesIn('tools/browser', '.spec.ts'), // Playwright
  conformance: ['conformance'], // Vitest in Chromium
  unit: ['unit'], // Vitest
};
/** Tests that read sources only. */
const UNBUILT = ['pins', 'generated'];

const names = process.argv.slice(2);
const known = Object.entries(GROUPS).flatMap(([group, parts]) => [group, ...parts]);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Expected ${[...new Set(known)].join(', ')}.`);
  process.exit(2);
}

/** The parts of a group that were asked for. @param {keyof typeof GROUPS} group */
const chosen = (group) =>
  names.length === 0 || names.includes(group) ? GROUPS[group] : GROUPS[group].filter((part) => names.includes(part));

let passed = 0;
let failed = 0;
const pnpm = await pnpmFolder();
const options = { cwd: root, env: pnpmEnv(pnpm) };
const reports = join(cache, 'reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

/** A script of package.json: one that ends well is one passed. @param {string} name */
async function script(name) {
  const start = performance.now();
  const { code, output } = await runQuietly(join(pnpm, 'pnpm'), ['run', '--silent', `check:${name}`], options);
  const line = `${name.padEnd(10)} ${((performance.now() - start) / 1000).toFixed(1)} s`;
  if (code === 0) passed += 1;
  else failed += 1;
  console.log(code === 0 ? `ok   ${line}` : `FAIL ${line}\n${output}`);
}

/**
 * Runs Vitest or Playwright, and counts what its report says.
 * @param {string} name @param {string[]} args @param {(report: any) => [passed: number, failed: number]} count
 */
async function run(name, args, count) {
  console.log(`\n${name}`);
  const file = join(reports, `${name}.json`);
  const env = { ...options.env, PLAYWRIGHT_JSON_OUTPUT_FILE: file };
  const code = await runToEnd(join(pnpm, 'pnpm'), ['exec', ...args], { ...options, env });
  if (code >= 128) process.exit(code);
  let counted = [0, 0];
  try {
    counted = count(readJson(file));
  } catch {
    console.error(`${name} ended before it wrote its report.`);
  }
  passed += counted[0] ?? 0;
  failed += counted[1] || (code === 0 ? 0 : 1);
}

/** @param {string} name @param {string[]} args */
const vitest = (name, ...args) =>
  run(
    name,
    [
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(reports, `${name}.json`)}`,
      ...args,
    ],
    ({ numPassedTests, numFailedTests, numFailedTestSuites }) => [
      numPassedTests,
      numFailedTests || numFailedTestSuites,
    ],
  );

/** @param {string[]} parts */
const playwright = (parts) =>
  run('browser', ['playwright', 'test', ...parts.map((part) => `/${part}\\.spec\\.ts$`)], ({ stats, errors }) => [
    stats.expected + stats.flaky,
    stats.unexpected || errors.length,
  ]);

/** What a group needs beforehand; what fails there fails the group. @param {() => Promise<void>} task */
async function orFail(task) {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code >= 128) process.exit(error.code);
    failed += 1;
    console.log(`FAIL ${error.message}`);
  }
}

await Promise.all(chosen('static').map(script));

let browser = chosen('browser');
let conformance = chosen('conformance').length > 0;
if ((browser.length > 0 || conformance) && !chromiumProgram()) {
  const required = process.env.RINGFORMER_BROWSER === 'required';
  if (required) failed += 1;
  const parts = [...browser, ...(conformance ? ['conformance'] : [])].join(', ');
  console.log(
    `${required ? 'FAIL' : 'SKIP'} ${parts}: there is no Chromium here. Install it, or name one in CHROMIUM.`,
  );
  browser = [];
  conformance = false;
}

const workspace = chosen('workspace');
if (browser.length > 0 || workspace.length > 0) {
  await orFail(async () => {
    const packed = workspace.some((part) => !UNBUILT.includes(part));
    if (browser.length > 0 || packed) {
      await prepare({ build: packed ? ['build', 'types'] : ['build'], tools: true });
      process.env.RINGFORMER_CONSUMER = await consumer();
      options.env.RINGFORMER_CONSUMER = process.env.RINGFORMER_CONSUMER;
    }
    if (workspace.length > 0)
      await vitest('workspace', '--project=workspace', ...workspace.map((part) => `tools/tests/${part}.test.ts`));
    if (browser.length > 0) await playwright(browser);
  });
}
if (conformance) {
  // WebGPU on a software renderer takes minutes for a single model: the same tests run in Node.js, by Dawn.
  const slow = ['conformance/webgpu', 'translations'].flatMap((name) => ['--exclude', `**/${name}.browser.ts`]);
  await vitest('conformance', '--config=vitest.browser.config.ts', ...slow);
}
if (chosen('unit').length > 0) await vitest('unit', '--project=unit');

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
