// @ts-check
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Failure } from '../lib/exec.mjs';
import { consumer } from './consumer.mjs';

/** The most that a page which only translates may load, in gzipped kB (1000 bytes), without the model and the .wasm. */
const BUDGET = { own: 48, total: 135 };

/**
 * The translation program of integrations/browser as one module for browsers.
 * @param {string[]} [external] what is left out @returns {Promise<Uint8Array>}
 */
export async function bundled(external = []) {
  const { outputFiles } = await build({
    absWorkingDir: await consumer(),
    entryPoints: ['browser/translate.mjs'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    external,
  });
  return /** @type {{ contents: Uint8Array }} */ (outputFiles[0]).contents;
}

/** The size of a page that translates, held to a budget. */
export async function bundle() {
  const size = async (/** @type {string[]} */ external) =>
    gzipSync(await bundled(external), { level: 9 }).length / 1000;
  const own = await size(['@tensorflow/*']);
  const total = await size([]);
  const told = `own code ${own.toFixed(1)} kB, with TensorFlow.js ${total.toFixed(1)} kB (minified, gzip)`;
  if (own > BUDGET.own || total > BUDGET.total) {
    throw new Failure(
      `${told}: more than ${BUDGET.own} kB or ${BUDGET.total} kB. Find what came in with esbuild's --analyze.`,
    );
  }
  return told;
}
