// @ts-check
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Failure } from '../lib/exec.mjs';
import { consumer } from './consumer.mjs';

/** The most that a page which only translates, or prepares images, may load, in gzipped kB (1000 bytes), without the model and the .wasm. */
const BUDGETS = { engine: 40, onnx: 40, translate: 155, images: 10 };

/**
 * A program of integrations/browser as one module for browsers.
 * @param {keyof typeof BUDGETS} program @returns {Promise<Uint8Array>}
 */
export async function bundled(program) {
  const { outputFiles } = await build({
    absWorkingDir: await consumer(),
    entryPoints: [`browser/${program}.mjs`],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return /** @type {{ contents: Uint8Array }} */ (outputFiles[0]).contents;
}

/** The sizes of pages, held to budgets: translation on the wasm engine alone, beside ONNX Runtime and with TensorFlow.js, images. */
export async function bundle() {
  /** @type {string[]} */
  const told = [];
  for (const [program, budget] of Object.entries(BUDGETS)) {
    const code = await bundled(/** @type {keyof typeof BUDGETS} */ (program));
    const size = gzipSync(code, { level: 9 }).length / 1000;
    told.push(`${program} ${size.toFixed(1)} kB`);
    if (size > budget) {
      throw new Failure(
        `${program}: ${size.toFixed(1)} kB (minified, gzip), more than ${budget} kB. Find what came in with esbuild's --analyze.`,
      );
    }
  }
  return told.join(', ');
}
