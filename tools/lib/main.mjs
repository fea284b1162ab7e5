// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, runToEnd, systemFailure } from './exec.mjs';
import { root } from './paths.mjs';
import { pnpmEnv, pnpmFolder } from './pnpm.mjs';
import { prepare } from './prepare.mjs';

/**
 * What can be started. `filter` is the workspace package whose dependencies are built first (none: all, with their
 * declarations); `tools` says that the development tools are needed as well as what builds and runs.
 * @type {Record<string, import('./prepare.mjs').Target>}
 */
const TARGETS = {
  translate: { filter: '@ringformer/example-translate', tools: false, program: 'examples/translate/main.js' },
  classify: { filter: '@ringformer/example-classify', tools: false, program: 'examples/classify/main.js' },
  demo: { filter: '@ringformer/example-web', tools: false, program: 'examples/web/main.mjs' },
  ringformer: { filter: 'ringformer', tools: false, program: 'packages/cli/dist/main.js' },
  docs: { tools: true, program: 'docs/site.mjs' },
  build: { tools: false },
  test: { tools: true, program: 'tools/check.mjs' },
};

/**
 * Installs and builds what is stale, then runs the named program with the user's own arguments and streams.
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
export async function main([name = '', ...args]) {
  if (name === 'pnpm') return await pnpm(args);
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (!target) {
    console.error(`Usage: node tools/run.mjs ${Object.keys(TARGETS).join(' | ')} | pnpm [arguments]`);
    return 2;
  }
  return await orExplain(async () => {
    await prepare(name, target);
    if (!target.program) return 0;
    const program = join(root, target.program);
    if (!existsSync(program)) throw new Failure(`${target.program} is missing although the build went through.`);
    // npm moves to the folder of package.json; file names that the user typed are relative to where they stood.
    const cwd = name === 'test' ? root : (process.env.INIT_CWD ?? process.cwd());
    return await runToEnd(process.execPath, [program, ...args], { cwd });
  });
}

/** The pinned pnpm itself, for whoever changes dependencies. @param {string[]} args */
function pnpm(args) {
  return orExplain(async () => {
    const folder = await pnpmFolder();
    return await runToEnd(join(folder, 'pnpm'), args, { env: pnpmEnv(folder) });
  });
}

/** @param {() => Promise<number>} task */
async function orExplain(task) {
  try {
    return await task();
  } catch (error) {
    const failure = error instanceof Failure ? error : systemFailure(error);
    if (!failure) throw error;
    console.error(`\n${failure.message}`);
    return failure.code;
  }
}
