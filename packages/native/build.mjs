// Compiles c/ to platforms/<name>/ringformer.node, by default for this machine with its C compiler. Nobody needs a compiler
// to use the package: published versions come with binaries, and without one everything runs on WebAssembly.
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { devNull, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { ownPlatform, PLATFORMS } from './platforms.mjs';

const HELP = `Compiles the native kernels.

  node build.mjs [--all | --platform NAME…] [--compiler COMMAND] [--werror]

  --all              for every platform: needs a compiler that can, such as --compiler 'python3 -m ziglang cc'
  --platform NAME    for one of ${PLATFORMS.map(({ name }) => name).join(', ')}
  --compiler COMMAND the C compiler, with its first arguments (default: $CC, cc, gcc or clang)
  --werror           warnings are errors
`;

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const VNNI = ['-mavx512vnni'];
const FP16 = ['-mavx512bf16', '-mavx512fp16'];

/** The kinds of processors of each architecture: symbol, name, floats in a register, compiler flags. */
export const VARIANTS = {
  x64: [
    ['VARIANT_V3', 'x86-64-v3', 8, ['-march=x86-64-v3']],
    ['VARIANT_V4', 'x86-64-v4', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512']],
    ['VARIANT_VNNI', 'x86-64-v4-vnni', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512', ...VNNI]],
    ['VARIANT_BF16', 'x86-64-v4-bf16', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512', ...VNNI, '-mavx512bf16']],
    ['VARIANT_FP16', 'x86-64-v4-fp16', 16, ['-march=x86-64-v4', '-mprefer-vector-width=512', ...VNNI, ...FP16]],
  ],
  arm64: [
    ['VARIANT_NEON', 'armv8', 4, ['-march=armv8-a']],
    ['VARIANT_DOT', 'armv8-dot', 4, ['-march=armv8.2-a+dotprod']],
  ],
};

const WARNINGS = ['-Wall', '-Wextra', '-Wno-psabi'];
const COMMON = ['-std=gnu11', '-O3', '-ffp-contract=off', '-fno-math-errno', '-fvisibility=hidden', ...WARNINGS];
const COMPILE = { linux: ['-fPIC'], darwin: ['-fPIC'], win32: [] };
const LINK = {
  linux: ['-shared', '-lpthread', '-lm'],
  darwin: ['-shared', '-undefined', 'dynamic_lookup'],
  win32: ['-shared'],
};

/** zig has its own names for processors: '-march=x86-64-v4 -mavx512vnni' is '-mcpu=x86_64_v4+avx512vnni'. */
function zigFlags(flags) {
  const march = flags.find((flag) => flag.startsWith('-march='))?.slice('-march='.length);
  if (march === undefined) return flags;
  const [base, ...features] = march.split('+');
  const [, version] = /^armv(8\.?\d?)-a$/.exec(base) ?? [];
  const cpu = version
    ? ['generic', ...(version === '8' ? [] : [`v${version.replace('.', '_')}a`])]
    : [base.replaceAll('-', '_')];
  const more = flags.filter((flag) => /^-m[a-z0-9]+$/.test(flag)).map((flag) => flag.slice('-m'.length));
  const rest = flags.filter((flag) => !/^-m(arch=.*|[a-z0-9]+)$/.test(flag));
  return [`-mcpu=${[...cpu, ...features, ...more].join('+')}`, ...rest];
}

/** The folder of node_api.h. */
export function headers() {
  return createRequire(import.meta.url)('node-api-headers').include_dir;
}

/**
 * Compiles and links the addon for an operating system and architecture.
 * @param {{ compiler: string[], platform?: string, arch?: string, to: string, flags?: string[], link?: string[],
 *   only?: string }} options
 *   `compiler` is a command, such as ['gcc'] or ['zig', 'cc', '-target', …]. `only`: one of VARIANTS in place of all, which
 *   compiles sooner.
 */
export async function compile({
  compiler,
  platform = process.platform,
  arch = process.arch,
  to,
  flags = [],
  link = [],
  only,
}) {
  const all = VARIANTS[arch];
  if (!all || !LINK[platform]) throw new Error(`There are no native kernels for ${platform} on ${arch}.`);
  const work = await mkdtemp(join(tmpdir(), 'ringformer-native-'));
  const [command, ...first] = compiler;
  const cpu = compiler.some((word) => /^(zig|ziglang)$/.test(word.split('/').at(-1))) ? zigFlags : (given) => given;
  /** Runs the compiler. */
  const cc = async (...args) => {
    const { stderr } = await run(command, [...first, ...args], { maxBuffer: 2 ** 26 }).catch((error) => {
      throw new Error(`${compiler.join(' ')} failed:\n${error.stderr || error.message}`);
    });
    process.stderr.write(stderr);
  };
  /** gcc has float16 instructions since version 12. */
  const canBuild = ([, , , march]) =>
    run(command, [...first, ...cpu(march), '-E', '-x', 'c', devNull]).then(
      () => true,
      () => false,
    );
  try {
    const wanted = only === undefined ? all : all.filter(([, name]) => name === only);
    const can = await Promise.all(wanted.map(canBuild));
    const variants = wanted.filter((_, i) => can[i]);
    if (variants.length === 0) throw new Error(`${compiler.join(' ')} has no instructions for ${only ?? arch}.`);
    const substitutes = all.flatMap((one, i) => {
      const [instead] = all.slice(0, i).findLast((other) => variants.includes(other)) ?? variants[0];
      return variants.includes(one) ? [] : [`-D${one[0]}=${instead}`];
    });
    const object = async (file, name, ...more) => {
      const out = join(work, `${name}.o`);
      const include = `-I${headers()}`;
      await cc(...COMMON, ...COMPILE[platform], include, ...flags, ...more, '-c', join(here, 'c', file), '-o', out);
      return out;
    };
    const objects = await Promise.all([
      ...['addon', 'pool', 'variants'].map((name) => object(`${name}.c`, name, ...substitutes)),
      ...variants.flatMap(([symbol, name, lanes, march]) =>
        ['kernels', 'engine'].map((file) =>
          object(
            `${file}.c`,
            `${file}-${symbol}`,
            `-DVARIANT=${symbol}`,
            `-DNAME="${name}"`,
            `-DLANES=${lanes}`,
            ...cpu(march),
          ),
        ),
      ),
    ]);
    const out = join(work, 'ringformer.node');
    await cc(...objects, ...flags, ...LINK[platform], ...link, '-o', out);
    // A running process may have the old file mapped: replace it, don't write into it.
    await mkdir(dirname(to), { recursive: true });
    await copyFile(out, `${to}.new`);
    await rename(`${to}.new`, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The first C compiler that answers: $CC, then the usual names. */
export async function findCompiler() {
  for (const name of [process.env.CC, 'cc', 'gcc', 'clang']) {
    if (!name) continue;
    const command = name.split(' ');
    const found = await run(command[0], [...command.slice(1), '--version']).catch(() => undefined);
    if (found) return { command, version: found.stdout.split('\n')[0] };
  }
  return undefined;
}

export const NO_COMPILER =
  'No C compiler was found, so the native kernels cannot be built. Install gcc or clang (Debian and Ubuntu: apt install gcc; ' +
  'macOS: xcode-select --install), or name one in CC. Without them everything runs on WebAssembly.';

/** Where the build for a platform of PLATFORMS goes. */
export const binary = ({ name }) => join(here, 'platforms', name, 'ringformer.node');

/** Those of PLATFORMS that the command line asks for. */
function targets({ all, platform: names = [] }) {
  if (all) return PLATFORMS;
  const own = ownPlatform();
  if (names.length === 0 && !own)
    throw new Error(`There are no native kernels for ${process.platform} on ${process.arch}.`);
  return names.length === 0
    ? [own]
    : names.map((name) => {
        const found = PLATFORMS.find((platform) => platform.name === name);
        if (!found)
          throw new Error(`Unknown platform ${name}. Expected ${PLATFORMS.map(({ name }) => name).join(', ')}.`);
        return found;
      });
}

async function main() {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean' },
      platform: { type: 'string', multiple: true },
      compiler: { type: 'string' },
      werror: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void console.log(HELP);
  const cross = values.all || values.platform !== undefined;
  const compiler = values.compiler?.split(' ') ?? (await findCompiler())?.command;
  if (!compiler) throw new Error(NO_COMPILER);
  for (const platform of targets(values)) {
    const began = performance.now();
    const to = binary(platform);
    await compile({
      compiler: cross ? [...compiler, '-target', platform.triple] : compiler,
      platform: platform.os,
      arch: platform.cpu,
      to,
      flags: values.werror ? ['-Werror'] : [],
      link: cross ? ['-s'] : [],
    });
    console.log(`${relative(process.cwd(), to)}: built in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  await main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
