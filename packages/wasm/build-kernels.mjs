// Compiles src/assembly to WebAssembly, twice (plain SIMD, relaxed SIMD), and writes src/generated/kernels.ts.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, 'src/generated/kernels.ts');
const OPTIONS = '-O3 --noAssert --runtime stub --importMemory --enable simd'.split(' ');

/** @returns {Promise<Uint8Array>} the module's bytes */
async function compile(...features) {
  let binary;
  const { error, stderr } = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...OPTIONS, ...features], {
    readFile: (name, base) => readFile(join(base, name), 'utf8').catch(() => null),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return binary;
}

export async function kernelsSource() {
  const base = ['--baseDir', join(folder, 'src/assembly')];
  const plain = await compile(...base);
  const relaxed = await compile('--enable', 'relaxed-simd', ...base);
  return `// Written by build-kernels.mjs from src/assembly: edit there.
/** The kernels for 128-bit SIMD. */
export const PLAIN_SIMD =
  '${Buffer.from(plain).toString('base64')}';
/** The same with relaxed SIMD: multiply-add in one rounding. */
export const RELAXED_SIMD =
  '${Buffer.from(relaxed).toString('base64')}';
`;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const source = await kernelsSource();
  if ((await readFile(target, 'utf8').catch(() => '')) !== source) {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, source);
  }
}
