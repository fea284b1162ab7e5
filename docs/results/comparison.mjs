// Trains the ring and the baselines at equal width and at equal parameters, and writes comparison.md and its pictures beside
// this file. Runs that are finished are kept, so it can be stopped and started again, and two can run side by side for
// different rows:
//   node docs/results/comparison.mjs --data DIR [--name NAME] [--runs DIR] [--rows NAME,…] [--seeds N] [--report]
// `--data`: train.de, train.en, valid.de and valid.en, such as Multi30k's or Tatoeba's. `--report` trains nothing and writes what
// is there. Needs a build: npm run build.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spreadText } from './spread.mjs';
import { writeReport } from './write-report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** Every row: its name, and the flags that make it differ. The parameters of the narrow rows are within 6 % of the ring's. */
const ROWS = [
  ['ring', '--architecture ring --dim 96 --mlp-dim 384 --rank 6'],
  ['universal', '--architecture universal --dim 96 --mlp-dim 384'],
  ['owf', '--architecture owf --dim 96 --mlp-dim 384'],
  ['vanilla', '--architecture vanilla --dim 96 --mlp-dim 384'],
  ['universal-equal', '--architecture universal --dim 100 --mlp-dim 400'],
  ['owf-equal', '--architecture owf --dim 76 --mlp-dim 304'],
  ['vanilla-equal', '--architecture vanilla --dim 56 --mlp-dim 224'],
];
const SHARED =
  '--vocab 2000 --heads 4 --encoder-levels 4 --decoder-levels 4 --max-length 64 --batch-tokens 1024 --accumulate 2 --steps 700 --lr 2e-3 --warmup 100 --cooldown 300 --evaluate-every 175 --checkpoint-every 175 --average 1 --evaluate-sentences 500';
const PICTURES = ['score', 'valid-loss', 'score-by-parameters', 'time'];

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    name: { type: 'string' },
    runs: { type: 'string', default: 'runs/comparison' },
    rows: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    report: { type: 'boolean', default: false },
  },
});
if (flags.data === undefined) throw new Error('--data is missing: the folder of the training text.');
const set = flags.name ?? basename(resolve(flags.data));
const wanted = flags.rows?.split(',').map((name) => name.trim());
const odd = wanted?.find((name) => !ROWS.some(([row]) => row === name));
if (odd !== undefined)
  throw new Error(`There is no row '${odd}'; expected some of ${ROWS.map(([name]) => name).join(', ')}.`);
if (!existsSync(main)) throw new Error('packages/cli/dist is missing. Run npm run build first.');

const folderOf = (name) => join(flags.runs, set, name);
const texts = (at) =>
  `--source ${at('train.de')} --target ${at('train.en')} --valid-source ${at('valid.de')} --valid-target ${at('valid.en')}`;
/** Each run on one thread, so that two rows can be trained side by side and their speeds are comparable. */
const help = spawnSync(process.execPath, [main, 'train', '--help'], { encoding: 'utf8' }).stdout;
const oneThread = help.includes('--threads') ? ['--threads', '1'] : [];

if (!flags.report) {
  for (const [name, own] of ROWS) {
    if (wanted && !wanted.includes(name)) continue;
    mkdirSync(join(flags.runs, set), { recursive: true });
    const begun = Date.now();
    const given = `${texts((file) => resolve(flags.data, file))} ${SHARED} ${own}`.split(' ');
    const args = ['train', '-o', folderOf(name), '--seeds', flags.seeds, ...oneThread, ...given];
    const { status } = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${name}: training failed (exit code ${status}). Start again to resume.`);
    console.error(`${name}: ${Math.round((Date.now() - begun) / 1000)} s`);
  }
}
report();

function report() {
  const rows = ROWS.filter(([name]) => existsSync(join(folderOf(name), 'seeds.json')));
  if (rows.length === 0) throw new Error(`${join(flags.runs, set)} has no runs yet.`);
  const folders = rows.map(([name]) => folderOf(name));
  const pictures = join(flags.runs, set, 'report');
  const { status, stdout } = spawnSync(process.execPath, [main, 'compare', ...folders, '-o', pictures, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`compare failed (exit code ${status}).`);
  const { groups, remarks } = JSON.parse(stdout);
  const drawn = PICTURES.filter((name) => existsSync(join(pictures, `${name}.svg`)));
  for (const name of drawn) copyFileSync(join(pictures, `${name}.svg`), join(here, `comparison-${name}.svg`));
  const text = (found, digits) => (found === undefined ? '–' : spreadText(found, digits));
  const lines = groups.map(({ name, parameters, cost, bytes, bytesRead, summary, runs }) => {
    const own = ROWS.find(([row]) => row === name)?.[1];
    const figures = [
      parameters.total.toLocaleString('en'),
      (cost.macs / 1e6).toFixed(1),
      `${(bytes / 1e6).toFixed(2)} MB`,
      `${(bytesRead / 1e6).toFixed(1)} MB`,
      text(summary.score, 2),
      text(summary.validLoss, 3),
      `${(summary.seconds.mean / 60).toFixed(1)} min`,
      Math.round(summary.perSecond?.mean ?? 0).toLocaleString('en'),
      runs.length,
    ];
    return `| ${name} | ${figures.join(' | ')} | \`${own}\` |`;
  });
  const parts = [
    '# The ring and its baselines, alike but for the architecture',
    `Small models, trained on ${set} with the same tokenizer settings, data, order and budget: at equal width (96), and under
“equal” at widths whose parameters are about the ring's. Written by \`docs/results/comparison.mjs\`.`,
    `| | parameters | million multiply–adds | weights | weights read | BLEU | validation loss | training | tokens/s | seeds | flags |\n| --- | ${'---: | '.repeat(9)}--- |\n${lines.join('\n')}`,
    `BLEU and loss are of the validation text, 500 sentences translated greedily. ± is the standard deviation over the seeds.
Multiply–adds and weights read are those of one sentence of 30 tokens and a translation of 30; weights are float32. Training time is that of the
updates, on a machine with ${availableParallelism()} processors.`,
    ...remarks,
    ...drawn.map((name) => `![${name.replaceAll('-', ' ')}](comparison-${name}.svg)`),
    `Each row is this command, with its flags at the end:\n\n\`\`\`sh\nringformer train -o RUN --seeds ${flags.seeds} ${texts((file) => file)} ${SHARED}\n\`\`\``,
  ];
  writeReport(join(here, 'comparison.md'), parts);
}
