// @ts-check
// What has to happen before a command runs. Turbo builds: it notices within 0.2 s if nothing changed. Installing has its own
// stamp: pnpm's check takes just as long, and would remove the development tools when only a build is needed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { failed, runQuietly } from './exec.mjs';
import { alone } from './lock.mjs';
import { root, workspacePackages } from './paths.mjs';
import { pnpmEnv, pnpmFolder } from './pnpm.mjs';

const stamp = join(root, 'node_modules/.ringformer');

/**
 * Installs and builds what a command needs, if anything changed since the last time.
 * @param {{ build?: string[], tools?: boolean }} needs `build`: turbo's tasks and filters; `tools`: whether the development
 * tools are needed too
 */
export async function prepare({ build, tools = false }) {
  await alone(async () => {
    const folder = await step('Fetching pnpm', pnpmFolder);
    if (!installed(tools)) await step('Installing dependencies', () => install(folder, tools));
    if (build) await step('Building', () => turbo(folder, build));
  });
}

/**
 * @template T @param {string} what @param {() => Promise<T>} task @returns {Promise<T>}
 */
async function step(what, task) {
  const start = performance.now();
  const tell = setTimeout(() => process.stderr.write(`${what}…\n`), 1000); // not for steps that are already done
  try {
    const result = await task();
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 2) process.stderr.write(`${what}: done in ${seconds.toFixed(0)} s\n`);
    return result;
  } finally {
    clearTimeout(tell);
  }
}

/** What an installation depends on, as a hash. */
function manifests() {
  const hash = createHash('sha256');
  const folders = ['.', ...workspacePackages().map(({ folder }) => folder)];
  const files = ['pnpm-workspace.yaml', 'pnpm-lock.yaml', ...folders.map((folder) => `${folder}/package.json`)];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * The root's `dependencies` are needed for building, its `devDependencies` for checking. Once installed, by whatever means,
 * they stay.
 */
const hasTools = () => existsSync(join(root, 'node_modules/vitest'));

/** @param {boolean} tools */
function installed(tools) {
  return (!tools || hasTools()) && existsSync(stamp) && readFileSync(stamp, 'utf8') === manifests();
}

/** @param {string} folder @param {boolean} tools */
async function install(folder, tools) {
  const args = ['install', '--frozen-lockfile', '--reporter=append-only'];
  if (!tools && !hasTools()) args.push('--prod');
  const result = await runQuietly(join(folder, 'pnpm'), args, { cwd: root, env: { ...pnpmEnv(folder), CI: 'true' } });
  if (result.code !== 0) throw failed('pnpm install', result);
  writeFileSync(stamp, manifests());
}

/** @param {string} folder @param {string[]} tasks */
async function turbo(folder, tasks) {
  const program = join(root, 'node_modules/turbo/bin/turbo');
  const quiet = ['--ui=stream', '--output-logs=errors-only', '--no-color'];
  const args = [program, 'run', ...tasks, `--concurrency=${availableParallelism()}`, ...quiet];
  const result = await runQuietly(process.execPath, args, { cwd: root, env: pnpmEnv(folder) });
  if (result.code !== 0) throw failed('The build', result);
}
