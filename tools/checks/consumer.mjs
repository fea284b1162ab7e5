// @ts-check
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv, Failure, failed, runQuietly } from '../lib/exec.mjs';
import { publicPackages, root } from '../lib/paths.mjs';
import { npm, npmEnv } from '../lib/pnpm.mjs';
import { tarballs } from './tarballs.mjs';

/** @type {Promise<string> | undefined} */
let made;

/** A stranger's project: an empty folder outside the clone into which npm installed the packed packages. Made once. */
export function consumer() {
  made ??= make();
  return made;
}

async function make() {
  const files = await tarballs();
  const folder = mkdtempSync(join(tmpdir(), 'ringformer project '));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const result = await npm(['install', ...files], folder);
  if (result.code !== 0) throw failed('npm install of the packed packages', result);
  cpSync(join(root, 'integrations'), folder, { recursive: true });
  return folder;
}

/**
 * Runs a program in the stranger's project.
 * @param {string} what @param {string} command @param {string[]} args
 * @param {string} [folder] where, inside the project; by default the project's own @returns {Promise<string>} what it printed
 */
export async function runThere(what, command, args, folder) {
  const project = await consumer();
  const cwd = folder ?? project;
  const env = childEnv(npmEnv(), [join(project, 'node_modules/.bin')]);
  const result = await runQuietly(command, args, { cwd, env });
  if (result.code !== 0) throw failed(what, result);
  return result.stdout;
}

/** `import` and `require` translate alike in the packages as published. */
export async function install() {
  const [esm, cjs] = [
    await runThere('node-esm', process.execPath, ['node-esm/translate.mjs']),
    await runThere('node-cjs', process.execPath, ['node-cjs/translate.cjs']),
  ];
  if (esm.trim() === '' || esm !== cjs)
    throw new Failure(`ESM printed ${JSON.stringify(esm)}, CommonJS ${JSON.stringify(cjs)}.`);
  await withoutOnnxRuntime();
  return `${publicPackages().length} packages; ESM and CommonJS: ${esm.trim()}`;
}

/** ONNX Runtime comes with nothing, and who asks for it is told how to install it. */
async function withoutOnnxRuntime() {
  const cwd = await consumer();
  const there = ['onnxruntime-node', 'onnxruntime-web'].filter((name) => existsSync(join(cwd, 'node_modules', name)));
  if (there.length > 0) throw new Failure(`${there.join(' and ')} came with the packages.`);
  const program = join(cwd, 'node_modules/ringformer/dist/main.js');
  const result = await runQuietly(process.execPath, [program, 'translate', 'Hallo', '--engine', 'onnx'], {
    cwd,
    env: childEnv(npmEnv(), []),
  });
  if (result.code !== 1 || !result.output.includes('onnxruntime-node is not installed')) {
    throw failed(
      'ringformer translate --engine onnx, where there is no ONNX Runtime, is refused with advice, which',
      result,
    );
  }
}
