import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinding } from '../src/binding.ts';
import { findPackage } from '../src/modules.ts';

const script = fileURLToPath(new URL('../build-binding.mjs', import.meta.url));
const linux = process.platform === 'linux';
const works = (command: string) => spawnSync(command, ['--version']).status === 0;
const prefix = dirname(dirname(process.execPath));
const compiles =
  linux && ['g++', 'make', 'python3'].every(works) && existsSync(join(prefix, 'include/node/node_api.h'));
if (!compiles) console.warn('SKIPPED: no binding is built: it needs g++, make, python3 and the headers of Node.js.');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringformer-test-binding-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file below the folder of the test. */
function put(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function build(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A C library's folder like the one in TensorFlow's archive, except for the content of its files. */
function putLibrary(): string {
  put('tf/lib/libtensorflow.so', '');
  put('tf/lib/libtensorflow_framework.so.2', '');
  return join(folder, 'tf');
}

/** A package like @tensorflow/tfjs-node, whose binding only reports a version. */
function putPackage(version: string): void {
  const home = 'node_modules/@tensorflow/tfjs-node';
  put(
    `${home}/package.json`,
    '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0", "main": "index.js", "binary": { "napi_versions": [8] } }',
  );
  put(`${home}/index.js`, '');
  put(
    `${home}/binding/tfjs_backend.cc`,
    '#include "tensorflow/c/eager/c_api.h"\nconst char* told() { return TF_Version(); }',
  );
  put(
    `${home}/binding/tfjs_binding.cc`,
    `#include <node_api.h>
const char* told();
static napi_value start(napi_env env, napi_value exports) {
  napi_value text;
  napi_create_string_utf8(env, told(), NAPI_AUTO_LENGTH, &text);
  napi_set_named_property(env, exports, "TF_Version", text);
  return exports;
}
NAPI_MODULE(tfjs_binding, start)`,
  );
  put('tf/include/tensorflow/c/eager/c_api.h', 'extern "C" const char* TF_Version();');
  const source = put('version.cc', `extern "C" const char* TF_Version() { return "${version}"; }`);
  const compile = (...args: string[]) => expect(spawnSync('g++', ['-shared', '-fPIC', ...args]).status).toBe(0);
  compile('-Wl,-soname,libtensorflow.so', source, '-o', join(folder, 'tf/lib/libtensorflow.so'));
  compile('-x', 'c++', '/dev/null', '-o', join(folder, 'tf/lib/libtensorflow_framework.so.2'));
}

describe.runIf(linux)('refused, with what to do', () => {
  test.each<[string, () => string[], RegExp]>([
    ['no TensorFlow', () => [], /--tensorflow is missing\. See --help/],
    ['an unknown flag', () => ['--cuda'], /Unknown option '--cuda'.*See --help/],
    ['a folder that does not exist', () => ['--tensorflow', 'nowhere'], /there is no .*nowhere/],
    ['a folder without TensorFlow', () => ['--tensorflow', folder], /contains no TensorFlow\. Looked for/],
    ['a library without headers', () => ['--tensorflow', putLibrary()], /headers are missing in .*include/],
    [
      'no package to build for',
      () => {
        put('tf/include/tensorflow/c/eager/c_api.h', '');
        return ['--tensorflow', putLibrary()];
      },
      /no @tensorflow\/tfjs-node in .*npm install --ignore-scripts/s,
    ],
  ])('%s', (_, given, message) => {
    const { status, stderr } = build(...given());
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^ringformer-build-binding: /);
    expect(status).toBe(1);
  });
});

// A stand-in for TensorFlow that only reports a version: tensorflow.test.ts checks how the binding computes.
describe.runIf(compiles)('built', () => {
  test('for the library that was named, and found by startNodeGpu', { timeout: 120_000 }, () => {
    putLibrary();
    putPackage('2.99.1');
    const { status, stdout, stderr } = build('--tensorflow', 'tf', '--nodedir', prefix);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/TensorFlow without CUDA.*built for TensorFlow 2\.99\.1/s);
    const installed = findPackage('@tensorflow/tfjs-node', folder);
    const found = installed && findBinding(installed);
    expect(found).toMatchObject({ tensorflow: '2.99.1', cuda: false, built: true });
    expect(createRequire(import.meta.url)(found?.path ?? '').TF_Version).toBe('2.99.1');
  });

  test('nothing if the compiler fails: its output is shown', { timeout: 120_000 }, () => {
    putLibrary();
    putPackage('2.99.1');
    put('tf/include/tensorflow/c/eager/c_api.h', '#error other headers');
    const { status, stderr } = build('--tensorflow', 'tf', '--nodedir', prefix);
    expect(status).toBe(1);
    expect(stderr).toMatch(/node-gyp failed:.*other headers/s);
    expect(existsSync(join(folder, 'node_modules/@tensorflow/tfjs-node/lib'))).toBe(false);
  });
});
