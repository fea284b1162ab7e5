import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { binary, compile, findCompiler, headers, VARIANTS } from '../../packages/native/build.mjs';
import { ownPlatform, PLATFORMS, packageFiles } from '../../packages/native/platforms.mjs';
import { consumer, tryThere } from '../lib/consumer.mjs';
import { runQuietly } from '../lib/exec.mjs';
import { readJson, root } from '../lib/paths.mjs';

// @ringformer/native as it is published, what happens where it is missing or broken, and its safety under sanitizers.

const folder = join(root, 'packages/native');
const manifest = readJson(join(folder, 'package.json'));
const work = mkdtempSync(join(tmpdir(), 'ringformer-native-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const WRITE = 'run `node platforms.mjs`, then `npm run format`';

describe('the packages of the platforms', () => {
  it.each(PLATFORMS.map((platform) => [platform.name, platform] as const))(
    '%s is what platforms.mjs writes, and released with the others',
    (name, platform) => {
      const files = packageFiles(platform, manifest);
      const there = (file: string) => readFileSync(join(folder, 'platforms', name, file), 'utf8');
      expect(JSON.parse(there('package.json')), WRITE).toEqual(JSON.parse(files['package.json'] ?? ''));
      expect(there('README.md'), WRITE).toBe(files['README.md']);
      expect(readJson(join(root, '.changeset/config.json')).fixed[0]).toContain(`@ringformer/native-${name}`);
    },
  );

  it('are the optional dependencies of @ringformer/native, at the same version', () => {
    const expected = PLATFORMS.map(({ name }) => [`@ringformer/native-${name}`, 'workspace:*']);
    expect(manifest.optionalDependencies).toEqual(Object.fromEntries(expected));
  });

  it('stay small', () => {
    for (const platform of PLATFORMS.filter((platform) => existsSync(binary(platform))))
      expect(statSync(binary(platform)).size, platform.name).toBeLessThan(2_500_000);
  });
});

const own = ownPlatform();
const compiler = (await findCompiler())?.command;
const built = own && existsSync(binary(own)) ? binary(own) : undefined;
if (!compiler || !built) console.warn('There is no C compiler, so the native kernels themselves are not tested.');

/** Compiles a few lines of C to a library. */
function library(name: string, code: string, ...more: string[]): string {
  const [command = '', ...first] = compiler ?? [];
  writeFileSync(join(work, `${name}.c`), code);
  const to = join(work, `${name}.node`);
  execFileSync(command, [...first, '-shared', '-fPIC', `-I${headers()}`, join(work, `${name}.c`), '-o', to, ...more]);
  return to;
}

const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(work, name), content);
  return join(work, name);
};

/** The kernels, but for a processor that no machine has. */
function otherProcessor(): Buffer {
  const bytes = readFileSync(built as string);
  bytes.writeUInt16LE(0xb7 ^ 0x3e ^ bytes.readUInt16LE(18), 18); // arm64 for x64 and the other way round
  return bytes;
}

const addon = (body: string) =>
  `#define NAPI_VERSION 8\n#include <node_api.h>\nNAPI_MODULE_INIT() {\n${body}\nreturn exports; }`;

/** Needs a C library that is not there, as a build for musl does on glibc. */
function otherLibc(): string {
  library('libc-of-another', 'int other(void) { return 1; }', '-Wl,-soname,libc.other.so.1');
  const code = `int other(void);\n${addon('other();')}`;
  return library('other-libc', code, join(work, 'libc-of-another.node'));
}

const abi = addon(`napi_value n; napi_create_uint32(env, 99, &n); napi_set_named_property(env, exports, "abi", n);`);
const BROKEN: readonly (readonly [string, () => string, RegExp])[] = [
  ['a text file', () => file('text.node', 'version https://example.org\n'), /is not a compiled library/],
  ['an empty file', () => file('empty.node', ''), /is not a compiled library/],
  ['half a file', () => file('half.node', readFileSync(built as string).subarray(0, 5000)), /it is cut short/],
  ['another processor', () => file('processor.node', otherProcessor()), /it was built for linux on \w+, and this is/],
  ['another C library', otherLibc, /libc\.other\.so\.1/],
  ['another version', () => library('abi', abi), /expected version \d+ of the kernels, got 99/],
  ['no exports', () => library('none', addon('')), /got undefined/],
  ['an addon that throws', () => library('throws', addon('napi_throw_error(env, 0, "no luck");')), /no luck/],
];

const usable = compiler && built && process.platform === 'linux';

describe.runIf(usable)('where the native kernels cannot run, WebAssembly does, and doctor says why', () => {
  /** A project with @ringformer/native and a package for this platform that contains `path`; what `findNative` says there. */
  async function found(path: string | undefined): Promise<{ state?: string; why?: string; path?: string }> {
    const project = mkdtempSync(join(work, 'project-'));
    const scope = join(project, 'node_modules/@ringformer');
    cpSync(join(await consumer(), 'node_modules/@ringformer/native'), join(scope, 'native'), { recursive: true });
    if (path !== undefined) {
      const there = join(scope, `native-${own?.name}`);
      mkdirSync(there);
      cpSync(join(folder, 'platforms', own?.name as string, 'package.json'), join(there, 'package.json'));
      cpSync(path, join(there, 'ringformer.node'));
    }
    writeFileSync(
      join(project, 'a.mjs'),
      `import { findNative } from '@ringformer/native';
      const { addon, ...rest } = findNative();
      console.log(JSON.stringify(rest));`,
    );
    const { code, output, stdout } = await runQuietly(process.execPath, ['a.mjs'], {
      cwd: project,
      env: { ...process.env, NODE_PATH: '' }, // pnpm names the workspace there
    });
    expect(code, output).toBe(0);
    return JSON.parse(stdout);
  }

  /** `ringformer ARGS`, in a user's project. */
  async function ringformer(setting: string | undefined, ...args: string[]) {
    const program = join(await consumer(), 'node_modules/ringformer/dist/main.js');
    const set = setting === undefined ? '' : `process.env.RINGFORMER_NATIVE = ${JSON.stringify(setting)};`;
    const start = `${set} process.argv.splice(1, 0, ${JSON.stringify(program)}); await import(${JSON.stringify(pathToFileURL(program).href)})`;
    return await tryThere(process.execPath, ['--input-type=module', '-e', start, '--', ...args]);
  }

  async function doctor(setting: string | undefined) {
    const { code, stdout, output } = await ringformer(setting, 'doctor', '--json', '--backend', 'wasm');
    expect(code, output).toBe(0);
    return JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === 'native kernels');
  }

  it('in use', async () => {
    const check = await doctor(undefined);
    expect(check.state).toBe('ok');
    expect(check.found).toMatch(/^(x86-64|arm).* threads, .*node_modules.@ringformer.native-.*ringformer\.node$/);
    expect((await found(built)).path).toContain('ringformer.node');
  });

  it('absent', async () => {
    expect(await found(undefined)).toMatchObject({ state: 'absent', why: expect.stringContaining('is installed') });
  });

  it('switched off', async () => {
    const check = await doctor('0');
    expect(check).toMatchObject({ state: 'none', found: 'no: switched off by RINGFORMER_NATIVE=0' });
  });

  it.each(BROKEN)('%s', async (_, make, why) => {
    const path = make();
    expect(await found(path)).toMatchObject({ state: 'broken', why: expect.stringMatching(why) });
    const check = await doctor(path);
    expect(check).toMatchObject({ state: 'warn', found: 'broken', advice: expect.stringMatching(why) });
  });

  it('the same words with and without', async () => {
    const text = ['translate', 'Wo ist der Bahnhof?', 'Guten Morgen!'];
    const results = await Promise.all([undefined, '0', file('text.node', 'no')].map((one) => ringformer(one, ...text)));
    expect(results.map(({ output }) => output)).toEqual(Array(3).fill(results[0]?.stdout));
    expect(results[0]?.stdout).toMatch(/station/);
  });
});

describe.runIf(usable)('under sanitizers', () => {
  /** Whether the compiler has this sanitizer, and its library can be loaded into Node.js. */
  const runtime = (name: string) => {
    const [command = '', ...first] = compiler ?? [];
    const path = execFileSync(command, [...first, `-print-file-name=lib${name}.so`], { encoding: 'utf8' }).trim();
    return existsSync(path) && path.includes('/') ? path : undefined;
  };

  const variants: readonly (readonly [string, string])[] = VARIANTS[process.arch as 'x64'] as never;
  const runs = built ? readVariants(built) : [];
  // the best, and in continuous integration the one with the narrowest registers too
  const some = runs.filter((_, i) => i === 0 || (process.env.CI && i === runs.length - 1));
  const calls = process.env.CI ? 100_000 : 20_000;

  it.runIf(runtime('asan')).each(some)('random calls of %s compute or throw', async (name) => {
    expect(variants.map(([, name]) => name)).toContain(name);
    const to = join(work, `${name}.node`);
    const flags = ['-O1', '-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    await compile({ compiler: compiler as string[], to, flags, only: name });
    const env = {
      ...process.env,
      LD_PRELOAD: runtime('asan'),
      ASAN_OPTIONS: 'detect_leaks=0:allow_user_segv_handler=1:allocator_may_return_null=1',
    };
    const args = ['--expose-gc', join(folder, 'test/fuzz.mjs'), to, String(calls)];
    const { code, output, stdout } = await runQuietly(process.execPath, args, { env });
    expect(code, output.slice(0, 5000)).toBe(0);
    console.log(`${name}: ${stdout.trim()}`);
  });

  it.runIf(runtime('tsan'))('threads share work without races', async () => {
    const [command = '', ...first] = compiler as string[];
    const to = join(work, 'pool');
    const sources = [join(folder, 'test/pool.c'), join(folder, 'c/pool.c')];
    const flags = ['-std=gnu11', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-fsanitize=thread'];
    execFileSync(command, [...first, ...flags, ...sources, '-o', to, '-lpthread']);
    const { code, output } = await runQuietly(to, []);
    expect(code, output.slice(0, 5000)).toBe(0);
  });
});

/** The names of what this processor runs. */
function readVariants(path: string): string[] {
  const code = `console.log(require(${JSON.stringify(path)}).variants.map(({ name }) => name).join())`;
  return execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }).trim().split(',');
}
