// @ts-check
// node tools/release-table.mjs [WORD…]: rehearses a release, and uses it as strangers do. Applies the changesets in a copy of the
// last commit, publishes to a registry on this machine, installs from it in fresh projects of every package manager and runtime,
// and imports, type-checks and translates there. Writes the table of docs/releases.md; with words, tries and writes only the rows
// whose names hold one of them, and the words `publish` and `containers` stand for the lines below the table. It fetches the
// newest managers and runtimes, so it is not a part of npm test. Build first: npm run build.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { childEnv, Failure, failed, runQuietly } from './lib/exec.mjs';
import { buildNative } from './lib/native.mjs';
import { cache, publicPackages, readJson, root } from './lib/paths.mjs';
import { npmEnv, pnpmFolder } from './lib/pnpm.mjs';
import { fetchTools, startRegistry } from './lib/registry.mjs';
import { recipes } from './recipes.mjs';

const SENTENCE = 'Wo ist der Bahnhof?';
const ANSWER = /station/i;
const PAGE = join(root, 'docs/releases.md');
const kept = join(cache, 'release');
const NODES = [20, 22, 24];
/** What needs something else beside it: `@ringformer/core/testing` is for test programs and needs Vitest. */
const LEFT_OUT = ['@ringformer/core/testing'];
const HEAD = [
  '',
  'version',
  'installs',
  '`import`',
  '`require`',
  'types, `bundler`',
  'types, `node16`',
  '`ringformer`',
];

const { platform, arch } = process;
const nodePackage = (/** @type {number} */ version) =>
  `node-${version}@npm:node-${platform === 'win32' ? 'win' : platform}-${arch}@${version}`;
const bunPackage = `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`;
const denoPackage = `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`;
const tool = (/** @type {string} */ path) => join(kept, 'tools/node_modules', path);
const nodeProgram = (/** @type {number} */ version) => tool(`node-${version}/bin/node`);
const newest = nodeProgram(/** @type {number} */ (NODES.at(-1)));

/**
 * How a project is made and used. `files`: what it has besides its manifest and programs; `install`; `start`: what stands before
 * a program's name; `ringformer`: what stands before the command line's words; `tsc`.
 * @typedef {{ name: string, version: string, files?: Record<string, string>, install: string[], start: string[],
 * ringformer: string[], tsc: string[] }} Row
 */

/** @param {string} url of the registry @param {string} pnpm @returns {Row[]} */
function rowsOf(url, pnpm) {
  const version = (/** @type {string} */ name) => readJson(tool(`${name}/package.json`)).version;
  const nodeVersion = version(`node-${NODES.at(-1)}`);
  const onNode = (/** @type {string} */ node) => ({
    start: [node],
    ringformer: [node, 'node_modules/ringformer/dist/main.js'],
    tsc: [node, 'node_modules/typescript/bin/tsc'],
  });
  const npmrc = { '.npmrc': `registry=${url}\n` };
  const berry = tool('@yarnpkg/cli-dist/bin/yarn.js');
  const berryRow = (/** @type {string} */ linker) => ({
    name: `Yarn, ${linker}`,
    version: `${version('@yarnpkg/cli-dist')}, Node.js ${nodeVersion}`,
    files: {
      'yarn.lock': '',
      '.yarnrc.yml': `nodeLinker: ${linker}\nnpmRegistryServer: '${url}'\nunsafeHttpWhitelist: ['127.0.0.1']\nenableTelemetry: false\nenableGlobalCache: false\nnpmMinimalAgeGate: 0\n`,
    },
    install: [newest, berry, 'install', '--no-immutable'],
    start: [newest, berry, 'node'],
    ringformer: [newest, berry, 'ringformer'],
    tsc: [newest, berry, 'tsc'],
  });
  return [
    ...NODES.map((major) => ({
      name: `npm, Node.js ${major}`,
      version: `${version('npm')}, Node.js ${version(`node-${major}`)}`,
      files: npmrc,
      install: [nodeProgram(major), tool('npm/bin/npm-cli.js'), 'install', '--no-audit', '--no-fund'],
      ...onNode(nodeProgram(major)),
    })),
    {
      name: 'pnpm',
      version: `${readJson(join(root, 'package.json')).packageManager.split('@')[1]}, Node.js ${nodeVersion}`,
      files: {
        ...npmrc,
        'pnpm-workspace.yaml': 'minimumReleaseAge: 0\nstoreDir: ./store\nallowBuilds:\n  msgpackr-extract: false\n',
      },
      install: [join(pnpm, 'pnpm'), 'install'],
      ...onNode(newest),
    },
    {
      name: 'Yarn 1',
      version: `${version('yarn')}, Node.js ${nodeVersion}`,
      files: { ...npmrc, '.yarnrc': `registry "${url}"\n` },
      install: [newest, tool('yarn/bin/yarn.js'), 'install', '--non-interactive'],
      ...onNode(newest),
    },
    berryRow('node-modules'),
    berryRow('pnp'),
    {
      name: 'Bun',
      version: version(bunPackage),
      files: npmrc,
      install: [tool(`${bunPackage}/bin/bun`), 'install'],
      start: [tool(`${bunPackage}/bin/bun`), 'run'],
      ringformer: [tool(`${bunPackage}/bin/bun`), 'run', '--bun', 'ringformer'],
      tsc: [tool(`${bunPackage}/bin/bun`), 'run', '--bun', 'tsc'],
    },
    {
      name: 'Deno',
      version: version(denoPackage),
      files: { ...npmrc, 'deno.json': '{ "nodeModulesDir": "auto", "minimumDependencyAge": 0 }\n' },
      install: [tool(`${denoPackage}/deno`), 'install'],
      start: [tool(`${denoPackage}/deno`), 'run', '--allow-all'],
      ringformer: [tool(`${denoPackage}/deno`), 'run', '--allow-all', 'npm:ringformer'],
      tsc: [tool(`${denoPackage}/deno`), 'run', '--allow-all', 'npm:typescript/tsc'],
    },
  ];
}

/** A release in a copy of the last commit: the packages with their new version. @param {string} folder */
async function release(folder) {
  const git = async (/** @type {string[]} */ ...args) => {
    const result = await runQuietly('git', args, { cwd: root });
    if (result.code !== 0) throw failed(`git ${args[0]}`, result);
  };
  await git('clone', '--quiet', '--local', '.', folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { folder: at, manifest } of [...publicPackages(), ...platforms()]) {
    for (const name of manifest.files ?? []) {
      const [built, copy] = [join(root, at, name), join(folder, at, name)];
      if (existsSync(built) && !existsSync(copy)) cpSync(built, copy, { recursive: true });
      // Each platform's kernels are compiled before a release; here they stand for what no package manager should install.
      if (name.endsWith('.node') && !existsSync(copy)) writeFileSync(copy, '');
    }
  }
  const changeset = await runQuietly(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], {
    cwd: folder,
    env: childEnv({ ...process.env, CI: 'true' }),
  });
  if (changeset.code !== 0) throw failed('changeset version', changeset);
}

const platforms = () =>
  readJson(join(root, '.changeset/config.json'))
    .fixed.flat()
    .flatMap((/** @type {string} */ name) => {
      const [, own] = /^@ringformer\/native-(.+)$/.exec(name) ?? [];
      const folder = `packages/native/platforms/${own}`;
      return own ? [{ folder, manifest: readJson(join(root, folder, 'package.json')) }] : [];
    });

/** Publishes what `release` made. @param {string} folder @param {string} home with the publisher's .npmrc @param {string} pnpm */
async function publish(folder, home, pnpm) {
  const env = childEnv({ ...npmEnv(), CI: 'true', NPM_CONFIG_USERCONFIG: join(home, '.npmrc') }, [pnpm]);
  const program = join(root, 'node_modules/@changesets/cli/bin.js');
  const result = await runQuietly(process.execPath, [program, 'publish', '--no-git-tag'], { cwd: folder, env });
  if (result.code !== 0) throw failed('changeset publish', result);
}

/** Programs that import everything. @param {string[]} entries */
function programsOf(entries) {
  const translate = `
  for (const [what, loaded] of [['engine', await engine.loadTranslator(int8, await wasmEngine.startEngine())], ['tfjs', await seq2seq.loadTranslator(float, await wasm.startWasm())]]) {
    console.log(what, await loaded.translate(${JSON.stringify(SENTENCE)}));
    loaded.dispose();
  }`;
  const used = {
    engine: '@ringformer/seq2seq/engine',
    wasmEngine: '@ringformer/wasm/engine',
    seq2seq: '@ringformer/seq2seq',
    wasm: '@ringformer/wasm',
  };
  const named = (/** @type {(name: string) => string} */ load) => `
  const failures = [];
  for (const name of ${JSON.stringify(entries)}) await (async () => ${load('name')})().catch((error) => failures.push(name + ': ' + error.message.split('\\n')[0]));
  if (failures.length > 0) throw new Error(failures.join('; '));
${Object.entries(used)
  .map(([variable, name]) => `  const ${variable} = ${load(`'${name}'`)};`)
  .join('\n')}
  const { default: int8 } = ${load("'@ringformer/model-de-en/int8'")};
  const { default: float } = ${load("'@ringformer/model-de-en'")};${translate}`;
  const all = entries.map((_, i) => `m${i}`).join(', ');
  return {
    'esm.mjs': `${named((name) => `await import(${name})`)}\n`,
    'cjs.cjs': `async function main() {${named((name) => `require(${name})`)}\n}\nmain();\n`,
    'types.ts': `${entries.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}\nexport const all = [${all}];\n`,
    'types.mts': `${entries.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}\nexport const all = [${all}];\n`,
    'types.cts': `${entries.map((name, i) => `import m${i} = require('${name}');`).join('\n')}\nexport const all = [${all}];\n`,
  };
}

/** @param {Row} row @param {string} version @param {string} url @returns {Promise<string[]>} its cells */
async function tried({ name, version: itself, files = {}, install, start, ringformer, tsc }, version, url) {
  const folder = mkdtempSync(join(tmpdir(), 'ringformer release '));
  const title = [name, itself];
  try {
    const names = publicPackages().map(({ manifest }) => manifest.name);
    const typescript = readJson(join(root, 'node_modules/typescript/package.json')).version;
    const manifest = {
      name: 'stranger',
      private: true,
      dependencies: {
        ...Object.fromEntries(names.map((name) => [name, `^${version}`])),
        '@tensorflow/tfjs-core': '4.22.0',
        '@types/node': '^20.19.0',
        typescript,
      },
    };
    const entries = publicPackages().flatMap(({ manifest: { name, exports = {} } }) =>
      Object.entries(exports).flatMap(([entry, targets]) =>
        typeof targets === 'object' && !LEFT_OUT.includes(`${name}${entry.slice(1)}`)
          ? [`${name}${entry.slice(1)}`]
          : [],
      ),
    );
    for (const [path, content] of Object.entries({
      'package.json': JSON.stringify(manifest, null, 2),
      ...programsOf(entries),
      ...files,
    }))
      writeFileSync(join(folder, path), content);
    const home = join(folder, '.home');
    mkdirSync(home);
    const env = {
      ...childEnv(npmEnv(), [dirname(newest)]),
      CI: 'true',
      npm_config_registry: url,
      npm_config_cache: join(home, 'npm'),
      npm_config_ignore_scripts: 'true',
      YARN_CACHE_FOLDER: join(home, 'yarn'),
      YARN_GLOBAL_FOLDER: join(home, 'yarn-berry'), // it remembers the addresses of packages, and so this registry's last port
      BUN_INSTALL_CACHE_DIR: join(home, 'bun'),
      DENO_DIR: join(home, 'deno'),
      DENO_NO_UPDATE_CHECK: '1',
    };
    const run = async (/** @type {string[]} */ [program = '', ...args], seconds = 300) => {
      const result = await runQuietly(program, args, { cwd: folder, env, timeout: 1000 * seconds });
      if (process.env.DEBUG) console.error(`${name}: ${[program, ...args].join(' ')}\n${result.output}`);
      return result;
    };
    const why = (/** @type {{ code: number, output: string }} */ { code, output }) => {
      const lines = output.split('\n').filter((line) => line.trim() !== '');
      const line = lines.find((line) => /error|failed|could not|cannot/i.test(line)) ?? lines.at(-1) ?? `code ${code}`;
      return `no: ${line.trim().replaceAll('|', '/').replaceAll(folder, '').slice(0, 200)}`;
    };
    const translates = (/** @type {Awaited<ReturnType<typeof run>>} */ result, count = 1) =>
      result.code === 0 && result.stdout.split('\n').filter((line) => ANSWER.test(line)).length >= count
        ? 'yes'
        : why(result);
    const installed = await run(install, 590);
    if (installed.code !== 0) return [...title, why(installed), '', '', '', '', ''];
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--types', 'node'];
    const checks = async (/** @type {string[]} */ ...how) => {
      const result = await run([...tsc, ...options, ...how]);
      return result.code === 0 ? 'yes' : why(result);
    };
    const node16 = ['--module', 'node16', '--moduleResolution', 'node16'];
    return [
      ...title,
      'yes',
      translates(await run([...start, 'esm.mjs']), 2),
      translates(await run([...start, 'cjs.cjs']), 2),
      await checks('--module', 'esnext', '--moduleResolution', 'bundler', 'types.ts'),
      await checks(...node16, 'types.mts', 'types.cts'),
      translates(await run([...ringformer, 'translate', SENTENCE])),
    ];
  } finally {
    if (!process.env.KEEP) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    else console.error(`${name}: ${folder}`);
  }
}

/**
 * The steps of a Dockerfile in an empty folder: RUN, and ENTRYPOINT with --help.
 * @param {string} file @param {string} url of the registry @returns {Promise<string>} 'yes' or why not
 */
async function dryBuild(file, url) {
  const folder = mkdtempSync(join(tmpdir(), 'ringformer container '));
  try {
    const text = readFileSync(join(root, file), 'utf8').replaceAll('\\\n', '');
    const steps = [...text.matchAll(/^RUN (.+)$/gm)].map(([, step = '']) => step);
    const entry = /^ENTRYPOINT (\[.+\])$/m.exec(text)?.[1];
    if (steps.length === 0 || !entry) return 'no: expected RUN and ENTRYPOINT in exec form';
    const env = {
      ...childEnv(npmEnv(), [dirname(nodeProgram(22))]),
      npm_config_registry: url,
      npm_config_cache: join(folder, '.npm'),
      NODE_ENV: 'production',
      VERSION: 'latest',
    };
    for (const step of steps) {
      const ran = await runQuietly('sh', ['-ec', step], { cwd: folder, env });
      if (ran.code !== 0) return `no: ${ran.output.trim().split('\n')[0]}`;
    }
    const [program, ...args] = JSON.parse(entry);
    const help = await runQuietly(program, [...args, '--help'], { cwd: folder, env });
    return help.code === 0 ? 'yes' : `no: ${help.output.trim().split('\n')[0]}`;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The lines below the table, by how they begin. @type {readonly string[]} */
const NOTES = ['Version', '`npm publish', 'The containers'];

/**
 * Writes rows and notes into the page, in place of the old ones; the others stay.
 * @param {readonly string[]} order of the rows @param {string[][]} rows @param {readonly string[]} notes
 */
function writePage(order, rows, notes) {
  const [before = '', rest = ''] = readFileSync(PAGE, 'utf8').split(/(?<=<!-- table -->\n)/);
  const end = rest.indexOf('<!-- end of table -->');
  const lines = rest.slice(0, end).split('\n');
  const known = new Map(
    lines.filter((line) => line.startsWith('| ')).map((line) => [line.split(' | ')[0]?.slice(2), line]),
  );
  for (const cells of rows) known.set(cells[0], `| ${cells.join(' | ')} |`);
  const table = [HEAD, HEAD.map(() => '---')].map((cells) => `| ${cells.join(' | ')} |`);
  const some = order.flatMap((name) => known.get(name) ?? []);
  const below = NOTES.flatMap(
    (start) =>
      [...notes, ...lines.filter((line) => !line.startsWith('|'))].find((line) => line.startsWith(start)) ?? [],
  );
  writeFileSync(PAGE, `${before}\n${[...table, ...some].join('\n')}\n\n${below.join('\n\n')}\n\n${rest.slice(end)}`);
}

/**
 * Every package's tarball as npm would publish it with provenance, short of sending it; and one that is sent: npm refuses it,
 * because only a known CI can prove where a package was built.
 * @param {string} folder @param {string} home with the publisher's .npmrc @param {string} pnpm
 */
async function dryRun(folder, home, pnpm) {
  const target = join(folder, 'tarballs');
  mkdirSync(target);
  const packages = [...publicPackages(), ...platforms()];
  for (const { folder: at, manifest } of packages) {
    const env = childEnv(npmEnv(), [pnpm]);
    const cwd = join(folder, at);
    const packed = await runQuietly(join(pnpm, 'pnpm'), ['pack', '--pack-destination', target, '--json'], { cwd, env });
    if (packed.code !== 0) throw failed(`pnpm pack of ${manifest.name}`, packed);
    const file = JSON.parse(packed.stdout).filename;
    const publish = [tool('npm/bin/npm-cli.js'), 'publish', file, '--provenance', '--access=public', '--json'];
    const tried = await runQuietly(newest, [...publish, '--dry-run'], {
      cwd: target,
      env: { ...env, npm_config_registry: '' },
    });
    if (tried.code !== 0) throw failed(`npm publish --dry-run of ${manifest.name}`, tried);
    if (manifest.name !== 'ringformer') continue;
    // --force: this version is already there
    const sent = await runQuietly(newest, [...publish, '--force'], {
      cwd: target,
      env: { ...env, GITHUB_ACTIONS: '', GITLAB_CI: '', NPM_CONFIG_USERCONFIG: join(home, '.npmrc') },
    });
    if (sent.code === 0 || !/provenance generation not supported/.test(sent.output))
      throw failed(`npm publish --provenance outside CI: expected a refusal, but`, sent);
  }
  return packages.length;
}

const words = process.argv.slice(2);
const temporary = mkdtempSync(join(tmpdir(), 'ringformer-release-'));
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
try {
  console.error(await buildNative());
  const pnpm = await pnpmFolder();
  const managers = ['npm', 'yarn@1', '@yarnpkg/cli-dist', bunPackage, denoPackage];
  await fetchTools(join(kept, 'tools'), [...managers, ...NODES.map(nodePackage)]);
  const registry = await startRegistry(kept, newest);
  try {
    const copy = join(temporary, 'copy');
    await release(copy);
    writeFileSync(join(temporary, '.npmrc'), registry.npmrc);
    await publish(copy, temporary, pnpm);
    const { version } = readJson(join(copy, 'packages/core/package.json'));
    const all = rowsOf(registry.url, pnpm);
    const order = all.map(({ name }) => name);
    const chosen = (/** @type {string} */ name) =>
      words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()));
    const rows = all.filter(({ name }) => chosen(name));
    if (rows.length === 0 && !chosen('publish') && !chosen('containers'))
      throw new Failure(
        `No row is named ${words.join(' or ')}. There are ${[...order, 'publish', 'containers'].join('; ')}.`,
      );
    const run = `Version ${version}, on ${platform} ${arch}.`;
    console.log(`| ${HEAD.join(' | ')} |`);
    for (const row of rows) {
      const cells = await tried(row, version, registry.url).catch((error) => [row.name, row.version, `no: ${error}`]);
      console.log(`| ${cells.join(' | ')} |`);
      writePage(order, [cells], [run]);
      if (cells.slice(2).some((cell) => cell !== 'yes')) process.exitCode = 1;
    }
    if (chosen('publish')) {
      const count = await dryRun(copy, temporary, pnpm);
      const dry = `\`npm publish --dry-run --provenance\`: all ${count} packages pass.`;
      writePage(
        order,
        [],
        [`${dry} Without \`--dry-run\`, npm refuses: a person's machine is not a CI that it knows.`],
      );
    }
    if (chosen('containers')) {
      const containers = recipes().filter((file) => file.endsWith('/Dockerfile'));
      for (const file of containers) {
        const answer = await dryBuild(file, registry.url);
        console.log(`${file}: ${answer}`);
        if (answer !== 'yes') throw new Failure(`The steps of ${file} fail. ${answer}`);
      }
      const links = containers.map((file) => `[${file}](../${file})`).join(' and ');
      writePage(order, [], [`The containers: the steps of ${links} run in an empty folder, with Node.js 22.`]);
    }
  } finally {
    await registry.close();
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
