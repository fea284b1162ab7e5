// @ts-check
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failed, runQuietly } from '../lib/exec.mjs';
import { cache, publicPackages, root } from '../lib/paths.mjs';
import { pnpmEnv, pnpmFolder } from '../lib/pnpm.mjs';

/** @type {Promise<string[]> | undefined} */
let packed;

/** The packages as they would be published: paths of tarballs. Packed once. */
export function tarballs() {
  packed ??= pack();
  return packed;
}

async function pack() {
  const folder = await pnpmFolder();
  const target = join(cache, 'tarballs');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const { folder: from } of publicPackages()) {
    const args = ['pack', '--pack-destination', target];
    const result = await runQuietly(join(folder, 'pnpm'), args, { cwd: join(root, from), env: pnpmEnv(folder) });
    if (result.code !== 0) throw failed(`pnpm pack in ${from}`, result);
  }
  return readdirSync(target).map((name) => join(target, name));
}
