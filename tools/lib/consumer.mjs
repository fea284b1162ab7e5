// @ts-check
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv, failed, runQuietly } from './exec.mjs';
import { nativePackage, publicPackages, root } from './paths.mjs';
import { npm, npmEnv, pnpmEnv, pnpmFolder } from './pnpm.mjs';

/** @type {Promise<string> | undefined} */
let made;

/**
 * A user's project: a folder outside the clone, with the packages installed by npm as they would be published, and the
 * programs of `integrations`. Made once per test run, or named by RINGFORMER_CONSUMER, as `npm test` does.
 */
export function consumer() {
  made ??= process.env.RINGFORMER_CONSUMER ? Promise.resolve(process.env.RINGFORMER_CONSUMER) : make();
  return made;
}

async function make() {
  const folder = mkdtempSync(join(tmpdir(), 'ringformer project '));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const target = join(folder, 'tarballs');
  mkdirSync(target);
  const pnpm = await pnpmFolder();
  const names = [...publicPackages().map(({ manifest }) => manifest.name), ...nativePackage()].map(
    (name) => `--filter=${name}`,
  );
  const options = { cwd: root, env: pnpmEnv(pnpm) };
  const packed = await runQuietly(join(pnpm, 'pnpm'), [...names, 'pack', '--pack-destination', target], options);
  if (packed.code !== 0) throw failed('pnpm pack', packed);
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const installed = await npm(['install', ...tarballsIn(folder)], folder);
  if (installed.code !== 0) throw failed('npm install of the packed packages', installed);
  cpSync(join(root, 'integrations'), folder, { recursive: true });
  return folder;
}

/** @param {string} folder */
const tarballsIn = (folder) => readdirSync(join(folder, 'tarballs')).map((name) => join(folder, 'tarballs', name));

/** The packages as they would be published: paths of tarballs. */
export const tarballs = async () => tarballsIn(await consumer());

/**
 * Runs a program in the user's project.
 * @param {string} command @param {string[]} args @param {string} [folder] where; by default the project's own folder
 */
export async function tryThere(command, args, folder) {
  const project = await consumer();
  const env = childEnv(npmEnv(), [join(project, 'node_modules/.bin')]);
  return await runQuietly(command, args, { cwd: folder ?? project, env });
}

/** As `tryThere`. @param {string} command @param {string[]} args @param {string} [folder] @returns {Promise<string>} what it printed */
export async function runThere(command, args, folder) {
  const result = await tryThere(command, args, folder);
  if (result.code !== 0) throw failed(args.join(' '), result);
  return result.stdout.trim();
}
