#!/usr/bin/env node
// @ts-check
// Builds the native binding of @tensorflow/tfjs-node against a TensorFlow that is already installed. See --help.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Builds the native binding of @tensorflow/tfjs-node against your own TensorFlow, so that its CUDA is used.

  ringformer-build-binding --tensorflow DIR [--modules DIR] [--nodedir DIR]

  --tensorflow DIR  a Python virtual environment or site-packages with the package tensorflow (or tensorflow-cpu), or the
                    unpacked C library: a folder with include/ and lib/libtensorflow.so
  --modules DIR     the folder above the node_modules with @tensorflow/tfjs-node or -gpu (default: the working directory)
  --nodedir DIR     the folder above include/node/node_api.h (default: next to the running Node; else node-gyp fetches it)

It needs Linux, g++ (C++17), make and Python 3. The result goes where the package looks for its binding; reinstalling
the package removes it again. Example:

  npm install --ignore-scripts @ringformer/node-gpu @tensorflow/tfjs-node
  python3 -m venv tf && tf/bin/pip install 'tensorflow[and-cuda]'
  npx ringformer-build-binding --tensorflow tf
`;

/** Reports something a user can act on, without a stack. @param {string} message @returns {never} */
function fail(message) {
  console.error(`ringformer-build-binding: ${message}`);
  process.exit(1);
}

/**
 * Runs a program to its end. @param {string} what @param {string} command @param {string[]} args @param {string} cwd
 * @returns {string} what it printed
 */
function run(what, command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) fail(`${what} cannot run: ${error.message}.`);
  if (status !== 0) fail(`${what} failed:\n${`${stdout}${stderr}`.split('\n').slice(-30).join('\n')}`);
  return stdout;
}

/**
 * Headers and libraries of TensorFlow, of the wheel or of the C library.
 * @param {string} given @returns {{ include: string, folder: string, libraries: string[] }}
 */
function findTensorflow(given) {
  const root = resolve(given);
  if (!existsSync(root)) fail(`--tensorflow: there is no ${root}.`);
  const pythons = existsSync(join(root, 'lib')) ? readdirSync(join(root, 'lib')) : [];
  const sites = pythons.filter((name) => /^python3/.test(name)).map((name) => join(root, 'lib', name, 'site-packages'));
  for (const wheel of [root, ...[root, ...sites].map((site) => join(site, 'tensorflow'))]) {
    const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
    if (libraries.every((name) => existsSync(join(wheel, name))))
      return { include: join(wheel, 'include'), folder: wheel, libraries };
  }
  const names = ['libtensorflow.so', 'libtensorflow_framework.so'];
  for (const folder of [join(root, 'lib'), join(root, 'deps/lib')]) {
    const libraries = names.flatMap((name) => [name, `${name}.2`].find((file) => existsSync(join(folder, file))) ?? []);
    if (libraries.length === 2) return { include: join(folder, '../include'), folder, libraries };
  }
  return fail(
    `${root} contains no TensorFlow. Looked for tensorflow/libtensorflow_cc.so.2 in it and in lib/python3*/site-packages, and for ` +
      'lib/libtensorflow.so. Wheels before 2.13, and those for systems other than Linux, have different files.',
  );
}

/** True if TensorFlow is built with CUDA: its libraries name the driver's. @param {string[]} files */
function hasCuda(files) {
  return files.toReversed().some((file) => readFileSync(file).includes('libcuda.so')); // the smaller one first
}

/** The package whose JavaScript will load the binding. @param {string} modules */
function findPackage(modules) {
  const require = createRequire(pathToFileURL(resolve(modules, 'x.js')));
  for (const name of ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']) {
    try {
      return dirname(require.resolve(`${name}/package.json`));
    } catch {
      // the other one
    }
  }
  return fail(
    `there is no @tensorflow/tfjs-node in ${resolve(modules)}: npm install --ignore-scripts @tensorflow/tfjs-node@4.22, ` +
      'or name the folder above its node_modules in --modules.',
  );
}

/** The folder above include/node, next to the running Node. */
function findNodeHeaders() {
  const beside = dirname(dirname(process.execPath));
  const folders = [beside, '/usr', '/usr/local'].filter((folder) => {
    const file = join(folder, 'include/node/node_version.h');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.includes(`NODE_MAJOR_VERSION ${process.versions.node.split('.')[0]}\n`);
  });
  return folders[0];
}

/** node-gyp as bundled with npm; else npx fetches it. @returns {[string, string[]]} */
function nodeGyp() {
  const npm = [
    join(dirname(dirname(process.execPath)), 'lib/node_modules/npm'),
    dirname(dirname(process.env['npm_execpath'] ?? '/')),
    '/usr/share/nodejs/npm',
  ];
  const found = npm
    .map((folder) => join(folder, 'node_modules/node-gyp/bin/node-gyp.js'))
    .find((file) => existsSync(file));
  return found ? [process.execPath, [found]] : ['npx', ['--yes', 'node-gyp@12']];
}

const options = /** @type {const} */ ({
  tensorflow: { type: 'string' },
  modules: { type: 'string', default: '.' },
  nodedir: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
});
/** @type {ReturnType<typeof parseArgs<{ options: typeof options }>>['values']} */
let given;
try {
  given = parseArgs({ options }).values;
} catch (error) {
  fail(`${/** @type {Error} */ (error).message} See --help.`);
}
if (given.help) {
  console.log(HELP);
  process.exit(0);
}
if (given.tensorflow === undefined) fail('--tensorflow is missing. See --help.');
if (process.platform !== 'linux') fail(`it only works on Linux; this is ${process.platform}.`);

const { include, folder, libraries } = findTensorflow(given.tensorflow);
if (!existsSync(join(include, 'tensorflow/c/eager/c_api.h'))) fail(`TensorFlow's headers are missing in ${include}.`);
const cuda = hasCuda(libraries.map((name) => join(folder, name)));
const target = findPackage(given.modules);
const { binary } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
const napi = Math.max(...binary.napi_versions.filter((/** @type {number} */ v) => v <= Number(process.versions.napi)));
const nodedir = given.nodedir ?? findNodeHeaders();
console.log(`TensorFlow ${cuda ? 'with CUDA' : 'without CUDA'} in ${folder}`);
console.log(`sources and target: ${target}`);
console.log(`Node's headers: ${nodedir ?? 'fetched by node-gyp'}`);

const work = mkdtempSync(join(tmpdir(), 'ringformer-binding-'));
try {
  for (const name of readdirSync(join(target, 'binding')))
    copyFileSync(join(target, 'binding', name), join(work, name));
  const gyp = {
    targets: [
      {
        target_name: 'tfjs_binding',
        sources: ['tfjs_backend.cc', 'tfjs_binding.cc'],
        include_dirs: [include],
        defines: [`NAPI_VERSION=${napi}`],
        'cflags_cc!': ['-std=gnu++14'],
        cflags_cc: ['-std=c++17', '-w'],
        libraries: [...libraries.map((name) => join(folder, name)), `-Wl,-rpath,${folder}`],
      },
    ],
  };
  writeFileSync(join(work, 'binding.gyp'), JSON.stringify(gyp));
  writeFileSync(join(work, 'package.json'), '{ "name": "tfjs-binding", "version": "0.0.0" }');
  const [command, args] = nodeGyp();
  run('node-gyp', command, [...args, 'rebuild', ...(nodedir ? [`--nodedir=${nodedir}`] : [])], work);
  const built = join(work, 'build/Release/tfjs_binding.node');
  const report = "console.log('version', require(process.argv[1]).TF_Version)";
  const printed = run('the new binding, loaded once,', process.execPath, ['-e', report, built], work);
  const version = /^version (\d+\.\d+\.\d+)/m.exec(printed)?.[1];
  if (!version) fail(`the new binding does not report TensorFlow's version; it printed: ${printed}`);
  const out = join(target, 'lib', `napi-v${napi}`);
  mkdirSync(out, { recursive: true });
  copyFileSync(built, join(out, 'tfjs_binding.node'));
  writeFileSync(join(out, 'tfjs_binding.json'), `${JSON.stringify({ tensorflow: version, cuda, folder }, null, 2)}\n`);
  console.log(`built for TensorFlow ${version}: ${join(out, 'tfjs_binding.node')}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
