// Compiles c/ to build/<platform>-<arch>/ringformer.node with a C compiler of this machine. No compiler is needed to use the
// package: published versions come with binaries, and without one everything runs on WebAssembly.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const VNNI = ['-mavx512vnni'];

/** The kinds of processors of each architecture: symbol, name, floats in a register, compiler flags. */
export const VARIANTS = {
  x64: [
    ['VARIANT_V3', 'x86-64-v3', 8, ['-march=x86-64-v3']],
    ['VARIANT_V4', 'x86-64-v4', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512']],
    ['VARIANT_VNNI', 'x86-64-v4-vnni', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512', ...VNNI]],
    ['VARIANT_BF16', 'x86-64-v4-bf16', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512', ...VNNI, '-mavx512bf16']],
  ],
  arm64: [
    ['VARIANT_NEON', 'armv8', 4, ['-march=armv8-a']],
    ['VARIANT_DOT', 'armv8-dot', 4, ['-march=armv8.2-a+dotprod']],
  ],
};

const WARNINGS = ['-Wall', '-Wextra', '-Wno-psabi', '-Wno-unknown-warning-option'];
const COMMON = ['-std=c11', '-O3', '-fPIC', '-ffp-contract=off', '-fno-math-errno', '-fvisibility=hidden', ...WARNINGS];
const LINK = {
  linux: ['-shared', '-lpthread', '-lm'],
  darwin: ['-shared', '-undefined', 'dynamic_lookup'],
  win32: ['-shared'],
};

/** The folder of node_api.h. */
export function headers() {
  return createRequire(import.meta.url)('node-api-headers').include_dir;
}

/**
 * Compiles and links the addon for an operating system and architecture.
 * @param {{ compiler: string[], platform?: string, arch?: string, to: string, flags?: string[], link?: string[] }} options
 *   `compiler` is a command, such as ['gcc'] or ['zig', 'cc', '-target', …].
 */
export async function compile({
  compiler,
  platform = process.platform,
  arch = process.arch,
  to,
  flags = [],
  link = [],
}) {
  const variants = VARIANTS[arch];
  if (!variants || !LINK[platform]) throw new Error(`There are no native kernels for ${platform} on ${arch}.`);
  const work = await mkdtemp(join(tmpdir(), 'ringformer-native-'));
  try {
    const [command, ...rest] = compiler;
    const one = async (file, object, more) => {
      const out = join(work, object);
      await run(command, [
        ...rest,
        ...COMMON,
        `-I${headers()}`,
        ...flags,
        ...more,
        '-c',
        join(here, 'c', file),
        '-o',
        out,
      ]);
      return out;
    };
    const objects = await Promise.all([
      ...['addon', 'pool', 'variants'].map((name) => one(`${name}.c`, `${name}.o`, [])),
      ...variants.map(([symbol, name, lanes, march]) =>
        one('kernels.c', `${symbol}.o`, [`-DVARIANT=${symbol}`, `-DNAME="${name}"`, `-DLANES=${lanes}`, ...march]),
      ),
    ]);
    await mkdir(dirname(to), { recursive: true });
    // a running process may have the old file mapped: replace it, don't write into it
    await run(command, [...rest, ...objects, ...flags, ...LINK[platform], ...link, '-o', `${to}.new`]);
    await rename(`${to}.new`, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The first C compiler that answers: $CC, then the usual names. */
export async function findCompiler() {
  for (const name of [process.env.CC, 'cc', 'gcc', 'clang']) {
    if (!name) continue;
    const found = await run(name, ['--version']).catch(() => undefined);
    if (found) return { command: [name], version: found.stdout.split('\n')[0] };
  }
  return undefined;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const compiler = await findCompiler();
  if (!compiler) {
    console.error(
      'No C compiler was found. Install gcc or clang (Debian: apt install gcc; macOS: xcode-select --install), or set CC. ' +
        'Without the native kernels everything runs on WebAssembly.',
    );
    process.exit(1);
  }
  const to = join(here, 'build', `${process.platform}-${process.arch}`, 'ringformer.node');
  const began = performance.now();
  await compile({ compiler: compiler.command, to });
  console.log(`${to}: built by ${compiler.version} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
