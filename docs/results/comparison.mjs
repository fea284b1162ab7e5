// Trains the ring and the baselines at equal width and at equal parameters, and writes comparison.md and its pictures beside
// this file. Runs that are finished are kept, so it can be stopped and started again, and two can run side by side for
// different rows:
//   node docs/results/comparison.mjs TASK --data DIR [--runs DIR] [--rows NAME,…] [--seeds N] [--report]
// TASK and DIR: translation, with train.de, train.en, valid.de and valid.en; fashion-mnist, with IDX files; or cifar10, with .bin
// files. `--report` trains nothing and writes what is there; a task that has no runs there keeps its section. Needs a build:
// npm run build.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spreadText } from './spread.mjs';
import { sectionOf, writeReport } from './write-report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

const TASKS = {
  translation: {
    title: 'German–English, Tatoeba',
    intro: `The equal width is 96. BLEU and loss are measured on the validation text: 500 sentences, greedy search. “Multiply–adds” and “weights read” are for
translating one sentence of 30 tokens into 30 tokens; weights that are used several times count each time. Don't compare the columns “training time”
and “tokens/s”: these runs shared their machine with other work. Times measured on an idle machine are under “What it shows”.`,
    score: 'BLEU',
    unit: 'tokens/s',
    command: 'train',
    data: (at) =>
      `--source ${at('train.de')} --target ${at('train.en')} --valid-source ${at('valid.de')} --valid-target ${at('valid.en')}`,
    /** Every row: its name, and the flags that make it differ. The parameters of the narrow rows are within 6 % of the ring's. */
    rows: [
      ['ring', '--architecture ring --dim 96 --mlp-dim 384 --rank 6'],
      ['universal', '--architecture universal --dim 96 --mlp-dim 384'],
      ['owf', '--architecture owf --dim 96 --mlp-dim 384'],
      ['vanilla', '--architecture vanilla --dim 96 --mlp-dim 384'],
      ['universal-equal', '--architecture universal --dim 100 --mlp-dim 400'],
      ['owf-equal', '--architecture owf --dim 76 --mlp-dim 304'],
      ['vanilla-equal', '--architecture vanilla --dim 56 --mlp-dim 224'],
    ],
    settings:
      '--vocab 2000 --heads 4 --encoder-levels 4 --decoder-levels 4 --max-length 64 --batch-tokens 1024 --accumulate 2 --steps 700 --lr 2e-3 --warmup 100 --cooldown 300 --evaluate-every 175 --checkpoint-every 175 --average 1 --evaluate-sentences 500',
  },
  'fashion-mnist': vision('Fashion-MNIST', {
    patch: 7,
    course: '--steps 2000 --lr 1e-3 --warmup 200 --cooldown 1000 --evaluate-every 500 --recipe shift',
  }),
  cifar10: vision('CIFAR-10', {
    patch: 4,
    course:
      '--steps 2000 --lr 1e-3 --warmup 200 --cooldown 1000 --evaluate-every 500 --patch-dropout 0.5 --recipe none',
  }),
};

/** Image classifiers of 6 levels. The parameters of the narrow rows are within 5 % of the ring's. */
function vision(title, { patch, course }) {
  return {
    title,
    intro: `The equal width is 64. Accuracy and loss are measured on 2,000 training images that were held out. “Multiply–adds” and “weights read” are for one
image; weights that are used several times count each time.`,
    score: 'accuracy, %',
    unit: 'images/s',
    command: 'train vision',
    data: (at) => `--data ${at('')} --hold-out 2000`,
    rows: [
      ['ring', '--architecture ring --dim 64 --mlp-dim 128 --rank 4 --ffn-rank 4'],
      ['universal', '--architecture universal --dim 64 --mlp-dim 128'],
      ['owf', '--architecture owf --dim 64 --mlp-dim 128'],
      ['vanilla', '--architecture vanilla --dim 64 --mlp-dim 128'],
      ['universal-equal', '--architecture universal --dim 76 --mlp-dim 152'],
      ['owf-equal', '--architecture owf --dim 40 --mlp-dim 80'],
      ['vanilla-equal', '--architecture vanilla --dim 32 --mlp-dim 64'],
    ],
    settings: `--patch-size ${patch} --heads 4 --levels 6 --batch-size 64 --optimizer muon --weight-decay 0.05 --average 1 ${course}`,
  };
}
const PICTURES = ['score', 'valid-loss', 'score-by-parameters', 'time'];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'runs/comparison' },
    rows: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    report: { type: 'boolean', default: false },
  },
});
const [task] = positionals;
if (!Object.hasOwn(TASKS, task ?? ''))
  throw new Error(`Expected ${Object.keys(TASKS).join(', ')}, got ${task ?? 'nothing'}.`);
const wanted = flags.rows?.split(',').map((name) => name.trim());
const odd = wanted?.find((name) => !TASKS[task].rows.some(([row]) => row === name));
if (odd !== undefined)
  throw new Error(`There is no row '${odd}'; expected some of ${TASKS[task].rows.map(([name]) => name).join(', ')}.`);
if (!existsSync(main)) throw new Error('packages/cli/dist is missing. Run npm run build first.');

const folderOf = (which, name) => join(flags.runs, which, name);

if (!flags.report) {
  if (flags.data === undefined) throw new Error('--data is missing: the folder of the training data.');
  const { command, data, settings, rows } = TASKS[task];
  mkdirSync(join(flags.runs, task), { recursive: true });
  for (const [name, own] of rows) {
    if (wanted && !wanted.includes(name)) continue;
    const begun = Date.now();
    const given = `${data((file) => resolve(flags.data, file))} ${settings} ${own}`;
    // One thread each, so that two rows can be trained side by side and their speeds are comparable.
    const args = `${command} -o ${folderOf(task, name)} --seeds ${flags.seeds} --threads 1 ${given}`.split(' ');
    const { status } = spawnSync(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${name}: training failed (exit code ${status}). Start again to resume.`);
    console.error(`${name}: ${Math.round((Date.now() - begun) / 1000)} s`);
  }
}
report();

function report() {
  const head = [
    '# The ring and its baselines: same training, different architectures',
    `Small models, trained on the same data in the same order, with the same settings and number of updates. The first four rows have the same width. In
the rows that end in “-equal”, the width is chosen so that the model has about as many parameters as the ring (within 6 %). \`universal\` is the
Universal Transformer, \`owf\` is One-Wide-FFN. ± is the standard deviation over the seeds. Weights are float32, and each run used one thread. Written by
\`docs/results/comparison.mjs\`.`,
  ];
  writeReport(join(here, 'comparison.md'), [...head, ...Object.keys(TASKS).flatMap(section)]);
}

function section(which) {
  const { title, intro, score, unit, command, data, settings, rows: all } = TASKS[which];
  const rows = all.filter(([name]) => existsSync(join(folderOf(which, name), 'seeds.json')));
  if (rows.length === 0) return sectionOf(join(here, 'comparison.md'), title);
  const folders = rows.map(([name]) => folderOf(which, name));
  const pictures = join(flags.runs, which, 'report');
  const { status, stdout } = spawnSync(process.execPath, [main, 'compare', ...folders, '-o', pictures, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`compare failed (exit code ${status}).`);
  const { groups, remarks } = JSON.parse(stdout);
  const drawn = PICTURES.filter((name) => existsSync(join(pictures, `${name}.svg`)));
  for (const name of drawn) copyFileSync(join(pictures, `${name}.svg`), join(here, `comparison-${which}-${name}.svg`));
  const lines = groups.map(({ name, parameters, cost, bytes, bytesRead, summary, runs }) => {
    const figures = [
      parameters.total.toLocaleString('en'),
      (cost.macs / 1e6).toFixed(1),
      `${(bytes / 1e6).toFixed(2)} MB`,
      `${(bytesRead / 1e6).toFixed(1)} MB`,
      spreadText(summary.score, 2),
      spreadText(summary.validLoss, 3),
      `${(summary.seconds.mean / 60).toFixed(1)} min`,
      Math.round(summary.perSecond?.mean ?? 0).toLocaleString('en'),
      runs.length,
    ];
    return `| ${name} | ${figures.join(' | ')} | \`${rows.find(([row]) => row === name)?.[1]}\` |`;
  });
  return [
    `## ${title}`,
    intro,
    `| | parameters | multiply–adds (millions) | model size | weights read | ${score} | validation loss | training time | ${unit} | seeds | flags |\n| --- | ${'---: | '.repeat(9)}--- |\n${lines.join('\n')}`,
    ...remarks,
    ...drawn.map((name) => `![${title}: ${name.replaceAll('-', ' ')}](comparison-${which}-${name}.svg)`),
    `To train a row, add its flags to this command:\n\n\`\`\`sh\nringformer ${command} -o RUN --seeds ${flags.seeds} ${data((file) => file || '.')} ${settings}\n\`\`\``,
  ];
}
