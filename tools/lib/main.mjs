// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, runToEnd, systemFailure } from './exec.mjs';
import { root } from './paths.mjs';
import { pnpmEnv, pnpmFolder } from './pnpm.mjs';
import { prepare } from './prepare.mjs';

/** Declarations as well as programs. */
const ALL = ['build', 'types'];

/** @param {string} name */
const only = (name) => ['build', `--filter=${name}`];

/**
 * What can be started: what it needs, and its program.
 * @type {Record<string, { build?: string[], tools?: boolean, program?: string }>}
 */
const TARGETS = {
  translate: { build: only('@ringformer/example-translate'), program: 'examples/translate/main.js' },
  classify: { build: only('@ringformer/example-classify'), program: 'examples/classify/main.js' },
  demo: { build: only('@ringformer/example-web'), program: 'examples/web/main.mjs' },
  ringformer: { build: only('ringformer'), program: 'packages/cli/dist/main.js' },
  docs: { tools: true, program: 'docs/site.mjs' },
  build: { build: ALL, tools: true }, // declarations name packages that only tests install
  'build:native': { program: 'packages/native/build.mjs' },
  test: { tools: true, program: 'tools/test.mjs' },
};

/**
 * Installs and builds what is stale, then runs the named program with the user's own arguments and streams.
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
export async function main([name = '', ...args]) {
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (!target && name !== 'pnpm') {
    console.error(`Usage: node tools/run.mjs ${Object.keys(TARGETS).join(' | ')} | pnpm [arguments]`);
    return 2;
  }
  try {
    return target ? await start(name, target, args) : await pnpm(args);
  } catch (error) {
    const failure = error instanceof Failure ? error : systemFailure(error);
    if (!failure) throw error;
    console.error(`\n${failure.message}`);
    return failure.code;
  }
}

/** @param {string} name @param {TARGETS[string]} target @param {string[]} args */
async function start(name, target, args) {
  await prepare(target);
  if (!target.program) return 0;
  const program = join(root, target.program);
  if (!existsSync(program))
    throw new Failure(
      `${target.program} is missing although the build succeeded. Delete .cache/turbo and run the command again.`,
    );
  // npm changes to the folder of package.json; file names that the user typed are relative to the original folder.
  const cwd = name === 'test' ? root : (process.env.INIT_CWD ?? process.cwd());
  return await runToEnd(process.execPath, [program, ...args], { cwd });
}

/** The pinned pnpm itself, for changing dependencies. @param {string[]} args */
async function pnpm(args) {
  const folder = await pnpmFolder();
  return await runToEnd(join(folder, 'pnpm'), args, { env: pnpmEnv(folder) });
}
