// @ts-check
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './exec.mjs';
import { root } from './paths.mjs';

const folder = join(root, 'packages/native');

/**
 * Compiles this machine's native kernels if they are older than their sources and there is a C compiler.
 * @returns {Promise<string>} what happened, as a line
 */
export async function buildNative() {
  const { binary, compile, findCompiler } = await import('../../packages/native/build.mjs');
  const { ownPlatform } = await import('../../packages/native/platforms.mjs');
  const own = ownPlatform();
  if (!own) return `native kernels: there are none for ${process.platform} on ${process.arch}, so they are not tested`;
  const to = binary(own);
  const sources = [...readdirSync(join(folder, 'c')).map((name) => join('c', name)), 'build.mjs'];
  const newest = Math.max(...sources.map((name) => statSync(join(folder, name)).mtimeMs));
  if (existsSync(to) && statSync(to).mtimeMs > newest) return 'native kernels: up to date';
  const compiler = await findCompiler();
  if (!compiler) return 'native kernels: no C compiler was found (CC, cc, gcc, clang), so they are not tested';
  const began = performance.now();
  try {
    await compile({ compiler: compiler.command, to, flags: ['-Werror'] });
  } catch (error) {
    throw new Failure(/** @type {Error} */ (error).message);
  }
  return `native kernels: built by ${compiler.version} in ${((performance.now() - began) / 1000).toFixed(0)} s`;
}
