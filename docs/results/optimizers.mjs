// Trains the same small rings with Adam and with Muon at several learning rates, and writes optimizers.md and optimizers-*.svg
// beside this file. Runs that are finished are kept, so it can be stopped and started again, and two can run side by side:
//   node docs/results/optimizers.mjs translation|vision --data DIR [--runs DIR] [--rows NAME,…] [--seeds N] [--report]
// `--data`: train.de, train.en, valid.de and valid.en, or IDX files of Fashion-MNIST. `--report` trains nothing and writes what
// is there; a task that has no runs there keeps its section. Needs a build: npm run build.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spreadText } from './spread.mjs';
import { sectionOf, writeReport } from './write-report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

const RATES = ['1e-3', '2e-3', '4e-3'];
const ROWS = ['adam', 'muon'].flatMap((optimizer) =>
  RATES.map((lr) => ({ name: `${optimizer}-${lr}`, optimizer, lr })),
);

const TASKS = {
  translation: {
    title: 'German–English, Tatoeba',
    score: 'BLEU',
    command: 'train',
    data: (at) =>
      `--source ${at('train.de')} --target ${at('train.en')} --valid-source ${at('valid.de')} --valid-target ${at('valid.en')}`,
    settings:
      '--vocab 2000 --dim 96 --mlp-dim 384 --heads 4 --encoder-levels 4 --decoder-levels 4 --rank 8 --max-length 64 --batch-tokens 1024 --accumulate 2 --steps 700 --warmup 100 --cooldown 300 --evaluate-every 100 --average 1 --evaluate-sentences 500',
  },
  vision: {
    title: 'Fashion-MNIST',
    score: 'accuracy, %',
    command: 'train vision',
    data: (at) => `--data ${at('')} --hold-out 2000`,
    settings:
      '--dim 64 --mlp-dim 128 --heads 4 --levels 4 --rank 8 --ffn-rank 8 --patch-size 7 --batch-size 64 --steps 800 --warmup 100 --cooldown 300 --evaluate-every 100 --average 1 --recipe none',
  },
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'runs/optimizers' },
    rows: { type: 'string' },
    seeds: { type: 'string', default: '2' },
    report: { type: 'boolean', default: false },
  },
});
const [task] = positionals;
if (!Object.hasOwn(TASKS, task ?? '')) throw new Error(`Expected translation or vision, got ${task ?? 'nothing'}.`);
const folderOf = (which, name) => join(flags.runs, which, name);
const wanted = flags.rows?.split(',').map((name) => name.trim());
const odd = wanted?.find((name) => !ROWS.some((row) => row.name === name));
if (odd !== undefined)
  throw new Error(`There is no row '${odd}'; expected some of ${ROWS.map(({ name }) => name).join(', ')}.`);
if (!existsSync(main)) throw new Error('packages/cli/dist is missing. Run npm run build first.');

if (!flags.report) {
  if (flags.data === undefined) throw new Error('--data is missing: the folder of the training data.');
  const { command, data, settings } = TASKS[task];
  const given = `${data((name) => resolve(flags.data, name))} ${settings}`;
  for (const { name, optimizer, lr } of ROWS) {
    if (wanted && !wanted.includes(name)) continue;
    const folder = folderOf(task, name);
    mkdirSync(folder, { recursive: true });
    const own = `--optimizer ${optimizer} --lr ${lr} --seeds ${flags.seeds} --threads 1`;
    const args = `${command} -o ${folder} ${own} ${given}`.split(' ');
    const { status } = spawnSync(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${name}: training failed (exit code ${status}). Start again to resume.`);
  }
}
report();

function report() {
  const head = [
    '# Adam and Muon',
    'Small rings with the same data, the same seeds and the same budget. With `--optimizer muon`, Muon updates the weight matrices of attention and\nfeed-forward networks, and Adam all else. Written by `docs/results/optimizers.mjs`.',
  ];
  writeReport(join(here, 'optimizers.md'), [...head, ...Object.keys(TASKS).flatMap(section)]);
}

function section(which) {
  const { title, score, command, data, settings } = TASKS[which];
  const rows = ROWS.filter(({ name }) => existsSync(join(folderOf(which, name), 'seeds.json')));
  if (rows.length === 0) return sectionOf(join(here, 'optimizers.md'), title);
  const pictures = join(flags.runs, which, 'report');
  const folders = rows.map(({ name }) => folderOf(which, name));
  const { status, stdout } = spawnSync(process.execPath, [main, 'compare', ...folders, '-o', pictures, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`compare failed (exit code ${status}).`);
  const chart = `optimizers-${which}.svg`;
  copyFileSync(join(pictures, 'valid-loss.svg'), join(here, chart));
  const { groups } = JSON.parse(stdout);
  const lines = rows.map(({ name, optimizer, lr }) => {
    const { summary, runs } = groups.find((group) => group.name === name);
    const cells = [spreadText(summary.score, 2), spreadText(summary.validLoss, 3), runs.length];
    return `| ${optimizer === 'adam' ? 'Adam' : 'Muon'} | ${lr} | ${cells.join(' | ')} |`;
  });
  return [
    `## ${title}`,
    `![${title}: validation loss by updates](${chart})`,
    `| | learning rate | ${score} | validation loss | seeds |\n| --- | ---: | ---: | ---: | ---: |\n${lines.join('\n')}`,
    `± is the standard deviation over the seeds. Each row is this command with its optimiser and rate:`,
    `\`\`\`sh\nringformer ${command} -o RUN --seeds ${flags.seeds} --optimizer … --lr … ${data((name) => name || '.')} ${settings}\n\`\`\``,
  ];
}
