// Compiles src/assembly to WebAssembly, programs twice (plain SIMD, relaxed SIMD), and writes src/generated. The
// engine's two are so alike that both together, deflated, are smaller than either: a page loads half.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import asc from 'assemblyscript/asc';

const folder = dirname(fileURLToPath(import.meta.url));
const OPTIONS = '-O3 --noAssert --runtime stub --importMemory --enable simd';
const SHARED = '--sharedMemory --maximumMemory 65536 --enable threads';

/** The generated files: their contents, entry points and compiler options. */
export const PROGRAMS = [
  { file: 'kernels.ts', what: 'kernels', entry: 'index.ts', options: OPTIONS },
  {
    file: 'engine.ts',
    what: 'inference engine',
    entry: 'engine/index.ts',
    options: `${OPTIONS} ${SHARED}`,
    deflated: true,
  },
  { file: 'probe.ts', what: 'probe of src/wide-vectors.ts', entry: 'probe.ts', options: OPTIONS, relaxedOnly: true },
];

/** @returns {Promise<Uint8Array>} the module's bytes */
async function compile(entry, options) {
  let binary;
  const base = ['--baseDir', join(folder, 'src/assembly')];
  const { error, stderr } = await asc.main([entry, '--outFile', 'program.wasm', ...base, ...options.split(' ')], {
    readFile: (name, base) => readFile(join(base, name), 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return binary;
}

/** The bytes that a generated file holds; those that it has already keep their text, whichever zlib deflated them. */
function deflatedText(bytes, before) {
  const [, kept = ''] = /'([\w+/=]{64,})'/.exec(before) ?? [];
  const same = kept !== '' && before.includes('DEFLATED') && bytes.equals(inflateRawSync(Buffer.from(kept, 'base64')));
  return same ? kept : deflateRawSync(bytes, { level: 9 }).toString('base64');
}

/** The text of a generated file; `before`: what it was. */
export async function generatedSource({ what, entry, options, deflated = false, relaxedOnly = false }, before = '') {
  const relaxed = await compile(entry, `${options} --enable relaxed-simd`);
  if (relaxedOnly) {
    return `// Written by build-kernels.mjs from src/assembly: edit there.
/** The ${what}, for relaxed SIMD. */
export const PROGRAM =
  '${Buffer.from(relaxed).toString('base64')}';
`;
  }
  const plain = await compile(entry, options);
  if (deflated) {
    return `// Written by build-kernels.mjs from src/assembly: edit there.
/** The ${what} for 128-bit SIMD, then the same with relaxed SIMD (multiply-add in one rounding): one after the other, deflated. */
export const DEFLATED =
  '${deflatedText(Buffer.concat([plain, relaxed]), before)}';
/** Where the second begins. */
export const PLAIN_LENGTH = ${plain.length};
`;
  }
  return `// Written by build-kernels.mjs from src/assembly: edit there.
/** The ${what} for 128-bit SIMD. */
export const PLAIN_SIMD =
  '${Buffer.from(plain).toString('base64')}';
/** The same with relaxed SIMD: multiply-add in one rounding. */
export const RELAXED_SIMD =
  '${Buffer.from(relaxed).toString('base64')}';
`;
}

/** TensorFlow.js' own program, for pages: only what its script of the same version can call. */
async function stockSource(before) {
  const require = createRequire(import.meta.url);
  const bytes = await readFile(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'));
  const { version } = require('@tensorflow/tfjs-backend-wasm/package.json');
  return `// Written by build-kernels.mjs from tfjs-backend-wasm-simd.wasm of @tensorflow/tfjs-backend-wasm ${version}: copyright Google LLC,
// Apache License 2.0 (http://www.apache.org/licenses/LICENSE-2.0), unchanged but deflated.
export const DEFLATED =
  '${deflatedText(bytes, before)}';
`;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  await mkdir(join(folder, 'src/generated'), { recursive: true });
  for (const program of PROGRAMS) {
    const target = join(folder, 'src/generated', program.file);
    const before = await readFile(target, 'utf8').catch(() => '');
    const source = await generatedSource(program, before);
    if (before !== source) await writeFile(target, source);
  }
  const target = join(folder, 'src/generated/stock.ts');
  const before = await readFile(target, 'utf8').catch(() => '');
  const source = await stockSource(before);
  if (before !== source) await writeFile(target, source);
}
