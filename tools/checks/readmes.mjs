// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../lib/exec.mjs';
import { publicPackages, root } from '../lib/paths.mjs';
import { consumer, runThere } from './consumer.mjs';

/**
 * The first fenced block of a text.
 * @param {string} markdown @returns {{ language: string, code: string } | undefined}
 */
export function firstBlock(markdown) {
  const [, language = '', code] = /^```(\w*)[^\n]*\n(.*?)^```/ms.exec(markdown) ?? [];
  return code === undefined ? undefined : { language, code };
}

/** The first block of every package's README runs, with the packages as published. */
export async function readmes() {
  const problems = [];
  const packages = publicPackages();
  for (const { folder } of packages) {
    const file = join(root, folder, 'README.md');
    try {
      const block = existsSync(file) ? firstBlock(readFileSync(file, 'utf8')) : undefined;
      if (!block) throw new Failure('it has no code block');
      await runBlock(basename(folder), block);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(`${folder}/README.md: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new Failure(problems.join('\n\n'));
  return `${packages.length} first blocks ran`;
}

/** @param {string} name @param {{ language: string, code: string }} block */
async function runBlock(name, { language, code }) {
  const folder = await consumer();
  if (['js', 'javascript', 'mjs', 'ts', 'typescript'].includes(language)) {
    const { transform } = await import('esbuild');
    const script = await transform(code, { loader: 'ts', format: 'esm' });
    writeFileSync(join(folder, `${name}.mjs`), script.code);
    await runThere('its first block', process.execPath, [`${name}.mjs`]);
  } else if (['sh', 'bash', 'shell'].includes(language)) {
    const commands = code.split('\n').filter((line) => !/^\s*npm (i|install)\b/.test(line)); // done already
    await runThere('its first block', 'sh', ['-euc', commands.join('\n')]);
  } else throw new Failure(`its first block is in ${language || 'no language'}; write js, ts or sh`);
}
