// @ts-check
// Checks that read sources and packages without running them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, Failure, failed, runQuietly } from '../lib/exec.mjs';
import { publicPackages, readJson, root } from '../lib/paths.mjs';
import { pnpmVersion } from '../lib/pnpm.mjs';
import { tarballs } from './tarballs.mjs';

/** @param {string} what @param {string} tool @param {string[]} args */
async function run(what, tool, ...args) {
  const result = await runQuietly(process.execPath, [bin(tool), ...args], { cwd: root });
  if (result.code !== 0) throw failed(what, result);
  return result;
}

/** TypeScript, over sources, tests and tools. */
export async function types() {
  await run('tsc', 'tsc', '--noEmit', '-p', root);
  return undefined;
}

/** Format and lint rules. */
export async function style() {
  await run('biome', 'biome', 'check', '--error-on-warnings', '--colors=off', '.');
  return undefined;
}

/** No package's modules import each other in a circle. */
export async function imports() {
  const entries = publicPackages().map(({ folder }) => `${folder}/src/index.ts`);
  await run('dpdm', 'dpdm', '--no-warning', '--no-tree', '--no-progress', '--exit-code', 'circular:1', ...entries);
  return `${entries.length} packages`;
}

/** No file, export or dependency that nothing uses. */
export async function unused() {
  await run('knip', 'knip', '--no-progress', '--no-config-hints');
  return undefined;
}

/** What is written in two places is the same in both. */
export async function pins() {
  const problems = [];
  const bootstrap = readJson(join(root, 'tools/pnpm/package.json')).optionalDependencies;
  for (const [name, version] of Object.entries(bootstrap)) {
    if (version !== pnpmVersion)
      problems.push(`tools/pnpm pins ${name} ${version}, package.json pins pnpm ${pnpmVersion}`);
  }
  const [fixed = []] = readJson(join(root, '.changeset/config.json')).fixed;
  const packages = publicPackages();
  const version = packages[0]?.manifest.version;
  for (const { folder, manifest } of packages) {
    if (!fixed.includes(manifest.name))
      problems.push(`${manifest.name} is not in the fixed group of .changeset/config.json`);
    if (manifest.version !== version)
      problems.push(`${folder} is at ${manifest.version}, another package at ${version}`);
    if (manifest.publishConfig?.access !== 'public')
      problems.push(`${folder}/package.json lacks publishConfig.access "public"`);
    if (!existsSync(join(root, folder, 'README.md'))) problems.push(`${folder} has no README.md`);
  }
  for (const file of ['pnpm-lock.yaml', 'tools/pnpm/package-lock.json']) {
    if (/^\s*"?(resolved|tarball)"?: /m.test(readFileSync(join(root, file), 'utf8')))
      problems.push(`${file} names a download address`);
  }
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  return `pnpm ${pnpmVersion}, packages ${version}`;
}

/** What is generated and committed is what its sources give. */
export async function generated() {
  const folder = join(root, 'packages/wasm');
  const files = ['kernels.ts', 'engine.ts', 'gradients.ts'].map((name) => join(folder, 'src/generated', name));
  const committed = files.map((file) => readFileSync(file, 'utf8'));
  for (const script of ['build-kernels.mjs', 'build-gradients.mjs']) {
    const result = await runQuietly(process.execPath, [script], { cwd: folder });
    if (result.code !== 0) throw failed(script, result);
  }
  const stale = files.filter((file, i) => readFileSync(file, 'utf8') !== committed[i]);
  if (stale.length > 0)
    throw new Failure(`Written anew, since it did not fit its sources; commit it:\n${stale.join('\n')}`);
  return undefined;
}

/** Manifests that every bundler and runtime reads alike. */
export async function publint() {
  const files = await tarballs();
  for (const file of files) await run('publint', 'publint', 'run', file, '--strict');
  return `${files.length} packages`;
}

/** Declarations that every way of importing finds. */
export async function attw() {
  const files = await tarballs();
  const problems = [];
  for (const file of files) {
    const { code, output, stdout } = await runQuietly(process.execPath, [bin('attw'), file, '--format', 'json']);
    if (!stdout.startsWith('{')) throw failed('attw', { code, output });
    const { analysis } = JSON.parse(stdout);
    for (const problem of analysis.problems ?? []) {
      // The oldest resolution knows neither "exports" nor "imports"; the packages ask for Node.js 20.19.
      if ((problem.resolutionKind ?? problem.resolutionOption) === 'node10') continue;
      const { trace, ...rest } = problem;
      problems.push(`${analysis.packageName}: ${JSON.stringify(rest)}`);
    }
  }
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  return `${files.length} packages`;
}
