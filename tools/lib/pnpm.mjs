// @ts-check
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { childEnv, failed, runQuietly } from './exec.mjs';
import { cache, readJson, root } from './paths.mjs';

/** npm waits 10 s and 60 s by default before it says that there is no network. */
const RETRIES = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

/** The version of pnpm that the workspace is pinned to. */
export const pnpmVersion =
  /** @type {string} */ (readJson(join(root, 'package.json')).packageManager).split('@')[1] ?? '';

const binary = process.platform === 'win32' ? 'pnpm.exe' : 'pnpm';

/**
 * The folder that contains the pinned pnpm as a program; npm downloads it into `.cache/` on first use. Common platforms come
 * from `tools/pnpm/package-lock.json`, with their hash; others through the package `pnpm`.
 * @returns {Promise<string>}
 */
export async function pnpmFolder() {
  const home = join(cache, `pnpm-${pnpmVersion}`);
  const found = find(home);
  if (found) return found;
  const fresh = `${home}.${process.pid}`;
  try {
    for (const way of [fromLock, fromPackage]) {
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true });
      const result = await way(fresh);
      const folder = find(fresh);
      if (result.code === 0 && folder && (await answers(folder))) {
        rmSync(home, { recursive: true, force: true });
        renameSync(fresh, home);
        return /** @type {string} */ (find(home));
      }
      if (way === fromPackage || result.code >= 128) {
        throw failed(`Fetching pnpm ${pnpmVersion} through npm`, { ...result, code: result.code || 1 });
      }
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  throw new Error('unreachable');
}

/** @param {string} folder */
function fromLock(folder) {
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(root, 'tools/pnpm', name), join(folder, name));
  return npm(['ci', '--include=optional'], folder);
}

/** @param {string} folder */
function fromPackage(folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  return npm(['install', '--no-save', '--no-package-lock', '--include=optional', `pnpm@${pnpmVersion}`], folder);
}

/** @param {string} home @returns {string | undefined} */
function find(home) {
  const scope = join(home, 'node_modules/@pnpm');
  const names = existsSync(scope) ? readdirSync(scope) : [];
  return names.map((name) => join(scope, name)).find((folder) => existsSync(join(folder, binary)));
}

/** Whether the program in `folder` runs here: a package for another libc does not. @param {string} folder */
async function answers(folder) {
  const { code, stdout } = await runQuietly(join(folder, binary), ['--version'], { cwd: folder, env: pnpmEnv(folder) });
  return code === 0 && stdout.trim() === pnpmVersion;
}

/**
 * Runs npm: the one that started us, if there is one.
 * @param {string[]} args @param {string} cwd
 */
export function npm(args, cwd) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', ...RETRIES];
  const cli = npmCli();
  const options = { cwd, env: npmEnv() };
  return cli
    ? runQuietly(process.execPath, [cli, ...args, ...quiet], options)
    : runQuietly('npm', [...args, ...quiet], options);
}

/** @returns {string | undefined} */
function npmCli() {
  const started = process.env.npm_execpath;
  if (started && basename(started) === 'npm-cli.js' && existsSync(started)) return started;
  const folder = dirname(realpathSync(process.execPath));
  return ['node_modules/npm/bin/npm-cli.js', '../lib/node_modules/npm/bin/npm-cli.js']
    .map((path) => join(folder, path))
    .find((path) => existsSync(path));
}

/**
 * The environment for a package manager: with the user's registry, proxy and cache settings, but without what an outer `npm
 * run` says about itself and its own run (`--silent`, `--prefix`, `--workspace` …).
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnv() {
  const outer = /^npm_/i;
  const kept =
    /^npm_config_(registry$|_|\/\/|@|https?_proxy$|proxy$|noproxy$|cache$|ca$|cafile$|userconfig$|globalconfig$|strict_ssl$|provenance$)/i;
  const entries = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_ENV' && (!outer.test(name) || kept.test(name)),
  );
  return childEnv(Object.fromEntries(entries));
}

/** As `npmEnv`, for pnpm and turbo, with `folder` first on PATH. @param {string} folder @returns {NodeJS.ProcessEnv} */
export function pnpmEnv(folder) {
  const quiet = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' };
  return { ...childEnv(npmEnv(), [folder]), ...quiet };
}
