import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { expect, it } from 'vitest';
import { consumer, runThere } from '../lib/consumer.mjs';
import { runQuietly } from '../lib/exec.mjs';
import { publicPackages, root } from '../lib/paths.mjs';
import { type Sample, samples } from '../lib/samples.mjs';

// The samples of the READMEs and guides: TypeScript compiles under `strict` and runs with the packages as published.

/** `file` is relative to the root. */
type FileSample = Sample & { file: string };

const guides = readdirSync(join(root, 'docs/guides')).filter((name) => name.endsWith('.md'));
const files = [
  'README.md',
  ...publicPackages().map(({ folder }) => `${folder}/README.md`),
  'docs/index.md',
  ...guides.map((name) => `docs/guides/${name}`),
];
const samplesOf = (file: string): FileSample[] =>
  samples(readFileSync(join(root, file), 'utf8')).map((sample) => ({ file, ...sample }));

const checked = files.flatMap(samplesOf);

it('samples are TypeScript', () => {
  const javascript = checked.filter(({ language }) => language === 'js');
  expect(javascript.map(({ file, line }) => `${file}:${line}`)).toEqual([]);
});

it('samples pass the compiler', async () => {
  const folder = join(root, 'docs/.cache/samples'); // in docs/, whose package depends on everything that samples import
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, types: ['node', 'vite/client'] };
  const config = { extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  for (const [i, { file, language, code }] of checked.entries()) {
    if (language === 'ts') writeFileSync(join(folder, `${file.replaceAll('/', '+')}+${i}.ts`), `${code}export {};\n`);
  }
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { output } = await runQuietly(tsc, ['--noEmit', '--pretty', 'false', '-p', folder], { cwd: folder });
  const errors = output.replace(
    /^(\S+)\+\d+\.ts\((\d+),\d+\)/gm,
    (_, file, at) => `${file.replaceAll('+', '/')}:${at}`,
  );
  expect(errors.trim()).toBe('');
});

const running = checked.filter(({ run }) => run);

it.each(running.map((sample) => [`${sample.file}:${sample.line}`, sample] as const))('%s runs', async (_, sample) => {
  const { file, line, language, code } = sample;
  // The samples of a file share a folder.
  const folder = join(await consumer(), 'samples', file.replace(/\.md$/, ''));
  mkdirSync(folder, { recursive: true });
  if (file.startsWith('docs/guides/')) cpSync(join(root, 'docs/public'), folder, { recursive: true }); // what readers of guides can download
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  if (language === 'ts' || language === 'js') {
    const script = await transform(code, { loader: 'ts', format: 'esm', target: 'es2022' });
    writeFileSync(join(folder, `line-${line}.mjs`), script.code);
    await runThere(process.execPath, [`line-${line}.mjs`], folder);
  } else if (language === 'sh') {
    const commands = code.split('\n').filter((command) => !/^\s*npm (i|install)\b/.test(command)); // already done
    await runThere('sh', ['-euc', commands.join('\n')], folder);
  } else throw new Error(`A block in ${language || 'no language'} cannot be run. Write ts or sh.`);
});
