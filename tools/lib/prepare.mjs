// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { failed, runQuietly } from './exec.mjs';
import { alone } from './lock.mjs';
import { cache, readJson, root, workspacePackages } from './paths.mjs';
import { pnpmEnv, pnpmFolder } from './pnpm.mjs';

/** @typedef {{ filter?: string, tools: boolean, program?: string }} Target */

const installStamp = join(root, 'node_modules/.ringformer.json');

/**
 * Installs and builds for a target, as far as anything changed since the last time. Costs milliseconds when nothing did.
 * @param {string} name @param {Target} target
 */
export async function prepare(name, target) {
  if (installed(target) && built(name)) return;
  await alone(async () => {
    if (installed(target) && built(name)) return;
    const folder = await step('Fetching pnpm', pnpmFolder);
    if (!installed(target)) await step('Installing dependencies', () => install(folder, target));
    if (!built(name)) await step('Building', () => build(folder, name, target));
  });
}

/**
 * @template T @param {string} what @param {() => Promise<T>} task @returns {Promise<T>}
 */
async function step(what, task) {
  const start = performance.now();
  const tell = setTimeout(() => process.stderr.write(`${what}…\n`), 250); // not for what is already there
  try {
    const result = await task();
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 1) process.stderr.write(`${what}: done in ${seconds.toFixed(0)} s\n`);
    return result;
  } finally {
    clearTimeout(tell);
  }
}

/** What an installation depends on, as a hash. */
function manifests() {
  const hash = createHash('sha256');
  const files = [
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    ...workspacePackages().map(({ folder }) => `${folder}/package.json`),
  ];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** @param {Target} target */
function installed({ tools }) {
  const stamp = readStamp(installStamp);
  return stamp !== undefined && (stamp.tools || !tools) && stamp.manifests === manifests();
}

/**
 * The root's `dependencies` are what builds, its `devDependencies` what checks: to translate, the former will do.
 * @param {string} folder @param {Target} target
 */
async function install(folder, target) {
  const tools = target.tools || hasTools();
  const args = ['install', '--frozen-lockfile', '--reporter=append-only', ...(tools ? [] : ['--prod'])];
  const result = await runQuietly(join(folder, 'pnpm'), args, { cwd: root, env: { ...pnpmEnv(folder), CI: 'true' } });
  if (result.code !== 0) throw failed('pnpm install', result);
  writeStamp(installStamp, { manifests: manifests(), tools });
}

/** Whether the development tools were installed already, by whatever means: then they stay. */
function hasTools() {
  return existsSync(join(root, 'node_modules/vitest'));
}

/** The sources' names, sizes and times, as a hash: what changed only in time is found in turbo's cache. */
function sources() {
  const hash = createHash('sha256').update(process.platform);
  for (const file of ['package.json', 'pnpm-lock.yaml', 'tsconfig.json', 'turbo.json'])
    hash.update(mark(join(root, file)));
  for (const { folder } of workspacePackages())
    walk(join(root, folder), (path) => hash.update(path).update(mark(path)));
  return hash.digest('hex');
}

/** @param {string} path */
function mark(path) {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}\n`;
}

const NOT_SOURCES = new Set(['node_modules', 'dist', '.turbo']);

/** @param {string} folder @param {(path: string) => void} visit */
function walk(folder, visit) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (NOT_SOURCES.has(entry.name)) continue;
    if (entry.isDirectory()) walk(path, visit);
    else if (entry.isFile()) visit(path);
  }
}

/** @param {string} name */
function buildStamp(name) {
  return join(cache, `built-${name}.json`);
}

/** Whether sources and outputs are as the last build of this target left them. @param {string} name */
function built(name) {
  const stamp = readStamp(buildStamp(name));
  if (stamp === undefined || stamp.sources !== sources()) return false;
  return Object.entries(stamp.outputs).every(([file, size]) => {
    const found = statSync(join(root, file), { throwIfNoEntry: false });
    return found?.size === size;
  });
}

/** @param {string} folder @param {string} name @param {Target} target */
async function build(folder, name, { filter }) {
  const before = sources();
  const turbo = join(root, 'node_modules/turbo/bin/turbo');
  const which = filter ? ['build', `--filter=${filter}`] : ['build', 'types'];
  const args = [
    turbo,
    'run',
    ...which,
    '--ui=stream',
    `--concurrency=${availableParallelism()}`,
    '--output-logs=errors-only',
    '--no-color',
  ];
  const result = await runQuietly(process.execPath, args, { cwd: root, env: pnpmEnv(folder) });
  if (result.code !== 0) throw failed('The build', result);
  writeStamp(buildStamp(name), { sources: before, outputs: outputs() });
}

/** Every file under a `dist/`, with its size. */
function outputs() {
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const { folder } of workspacePackages()) {
    const dist = `${folder}/dist`;
    if (!existsSync(join(root, dist))) continue;
    for (const file of readdirSync(join(root, dist))) sizes[`${dist}/${file}`] = statSync(join(root, dist, file)).size;
  }
  return sizes;
}

/** @param {string} file @returns {any} */
function readStamp(file) {
  try {
    return readJson(file);
  } catch {
    return undefined;
  }
}

/** @param {string} file @param {unknown} content */
function writeStamp(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content)}\n`);
}
