// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPlatform } from '../../packages/native/platforms.mjs';

/** The folder of the clone. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the tools keep between runs; not under version control. */
export const cache = join(root, '.cache');

/** @param {string} path @returns {any} */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * Every package of the workspace: folder (relative, with `/`) and manifest.
 * @returns {{ folder: string, manifest: any }[]}
 */
export function workspacePackages() {
  return ['packages', 'examples'].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => {
        const folder = `${parent}/${entry.name}`;
        try {
          return [{ folder, manifest: readJson(join(root, folder, 'package.json')) }];
        } catch {
          return []; // a folder left over from a branch with one more package
        }
      }),
  );
}

/** The packages that are published, in the order of their folders. */
export function publicPackages() {
  return workspacePackages().filter(({ manifest }) => !manifest.private);
}

/** The package with the native kernels for this machine, if they have been built. @returns {string[]} */
export function nativePackage() {
  const own = ownPlatform();
  const built = own && existsSync(join(root, 'packages/native/platforms', own.name, 'ringformer.node'));
  return built ? [`@ringformer/native-${own.name}`] : [];
}
