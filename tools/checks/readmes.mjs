// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure } from '../lib/exec.mjs';
import { publicPackages, root } from '../lib/paths.mjs';
import { consumer, runThere } from './consumer.mjs';

/**
 * The fenced blocks of a text, in order.
 * @param {string} markdown @returns {{ language: string, code: string }[]}
 */
export function codeBlocks(markdown) {
  return [...markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```/gms)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

/** The first block of every package's README runs, and the first program of the root's, with the packages as published. */
export async function readmes() {
  const problems = [];
  const folders = ['.', ...publicPackages().map(({ folder }) => folder)];
  for (const folder of folders) {
    const file = join(root, folder, 'README.md');
    const blocks = existsSync(file) ? codeBlocks(readFileSync(file, 'utf8')) : [];
    const block = folder === '.' ? blocks.find(({ language }) => language === 'js') : blocks[0];
    try {
      if (!block) throw new Failure('it has no code block');
      await runBlock(basename(join(root, folder)), block);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(`${folder}/README.md: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new Failure(problems.join('\n\n'));
  return `${folders.length} READMEs`;
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
