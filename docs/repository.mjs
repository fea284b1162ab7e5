// @ts-check
import { join } from 'node:path';
import { readJson, root } from '../tools/lib/paths.mjs';

/** The address of the repository's web page, as the manifest of @ringformer/core gives it; undefined if it gives none. @type {string | undefined} */
export const repository = readJson(join(root, 'packages/core/package.json'))
  .repository?.url?.replace(/^git\+/, '')
  .replace(/\.git$/, '');

/**
 * The address of a file or folder in the repository.
 * @param {string} path relative to the root, with `/`; may end in `#L12` @returns {string | undefined}
 */
export function inRepository(path) {
  return repository && `${repository}/blob/HEAD/${path}`;
}
