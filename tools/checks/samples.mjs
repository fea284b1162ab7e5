// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, Failure, runQuietly } from '../lib/exec.mjs';
import { publicPackages, root } from '../lib/paths.mjs';
import { samples } from '../lib/samples.mjs';
import { consumer, runThere } from './consumer.mjs';

/**
 * READMEs whose samples are not all TypeScript yet: their first program runs (of the root's, the first in JavaScript), and
 * nothing else is checked. Take a file out of this list once its samples pass.
 */
const NOT_CONVERTED = new Set(['README.md', ...publicPackages().map(({ folder }) => `${folder}/README.md`)]);

/** @typedef {import('../lib/samples.mjs').Sample & { file: string }} FileSample `file` is relative to the root */

/** The samples of the READMEs and guides: TypeScript passes the compiler under `strict`, and runs with the packages as published. */
export async function checkSamples() {
  const files = markdownFiles();
  const checked = files.filter((file) => !NOT_CONVERTED.has(file)).flatMap(samplesOf);
  const old = files.filter((file) => NOT_CONVERTED.has(file)).map(firstProgram);
  const problems = [...checked.flatMap(wrongLanguage), ...(await typeErrors(checked))];
  const running = [...checked.filter(({ run }) => run), ...old];
  for (const sample of running) problems.push(...(await run(sample)));
  if (problems.length > 0) throw new Failure(problems.join('\n\n'));
  return `${files.length} files, ${checked.length} samples type-checked, ${running.length} run`;
}

/** READMEs and guides, relative to the root. */
function markdownFiles() {
  const guides = readdirSync(join(root, 'docs/guides')).filter((name) => name.endsWith('.md'));
  return [
    'README.md',
    ...publicPackages().map(({ folder }) => `${folder}/README.md`),
    'docs/index.md',
    ...guides.map((name) => `docs/guides/${name}`),
  ].filter((file) => existsSync(join(root, file)));
}

/** @param {string} file @returns {FileSample[]} */
function samplesOf(file) {
  return samples(readFileSync(join(root, file), 'utf8')).map((sample) => ({ file, ...sample }));
}

/** The program of a README that is not converted yet. @param {string} file @returns {FileSample} */
function firstProgram(file) {
  const all = samplesOf(file);
  const first = file === 'README.md' ? all.find(({ language }) => language === 'js') : all[0];
  if (!first) throw new Failure(`${file} has no program.`);
  return first;
}

/** @param {FileSample} sample */
function wrongLanguage({ file, line, language }) {
  return language === 'js' ? [`${file}:${line}: this sample is JavaScript. Write TypeScript (\`\`\`ts).`] : [];
}

/** What the compiler says, by file and line. @param {FileSample[]} all @returns {Promise<string[]>} */
async function typeErrors(all) {
  const folder = join(root, 'docs/.cache/samples'); // in docs/, whose package depends on all that samples import
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = { noUnusedLocals: false, noUnusedParameters: false };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions: options, include: ['*.ts'] }),
  );
  // Of Vite, which makes an import of `…?url` the address of a file.
  writeFileSync(
    join(folder, 'vite.d.ts'),
    "declare module '*?url' {\n  const url: string;\n  export default url;\n}\n",
  );
  for (const [i, { file, language, code }] of all.entries()) {
    if (language !== 'ts') continue;
    writeFileSync(join(folder, `${file.replaceAll('/', '+')}+${i}.ts`), `${code}export {};\n`);
  }
  const args = [bin('tsc'), '--noEmit', '--pretty', 'false', '-p', folder];
  const result = await runQuietly(process.execPath, args, { cwd: folder });
  if (result.code === 0) return [];
  const lines = result.output.trimEnd().split('\n');
  return [
    lines
      .map((line) =>
        line.replace(/^(\S+)\+\d+\.ts\((\d+),\d+\)/, (_, file, at) => `${file.replaceAll('+', '/')}:${at}`),
      )
      .join('\n'),
  ];
}

/** Runs a sample in a stranger's project, in a folder that the samples of its file share. @param {FileSample} sample @returns {Promise<string[]>} problems */
async function run({ file, line, language, code }) {
  const project = await consumer();
  const folder = join(project, 'samples', file.replace(/\.md$/, ''));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const what = `${file}:${line}`;
  try {
    if (language === 'ts' || language === 'js') {
      const { transform } = await import('esbuild');
      const script = await transform(code, { loader: 'ts', format: 'esm', target: 'es2022' });
      writeFileSync(join(folder, `line-${line}.mjs`), script.code);
      await runThere(what, process.execPath, [`line-${line}.mjs`], folder);
    } else if (language === 'sh') {
      const commands = code.split('\n').filter((command) => !/^\s*npm (i|install)\b/.test(command)); // done already
      await runThere(what, 'sh', ['-euc', commands.join('\n')], folder);
    } else throw new Failure(`${what}: a block in ${language || 'no language'} cannot be run; write ts or sh.`);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [error.message];
  }
}
