// Trains the ablations of the ring and writes ablations.md and ablations-*.svg beside this file. Runs that are finished are
// kept, so it can be stopped and started again, and two can run side by side for different rows:
//   node docs/results/ablations.mjs translation|vision --data DIR [--runs DIR] [--rows NAME,…] [--seeds N] [--report]
// `--data`: train.de, train.en, valid.de and valid.en, or IDX files of Fashion-MNIST. `--report` trains nothing and writes what
// is there; a task that has no runs there keeps its section. Needs a build: npm run build.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spread, spreadText } from './spread.mjs';
import { sectionOf, writeReport } from './write-report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

const RANKS = [2, 4, 8, 16, 32, 64];
/** Every row: its name, and the flags that make it differ from the whole ring of rank 8. */
const ROWS = [
  ['whole ring', ''],
  ['no signals', '--ablation no-signals'],
  ['static signals', '--ablation static'],
  ['signals on attention only', '--ablation attention-only'],
  ['signals on the network only', '--ablation ffn-only'],
  ['shared norms', '--ablation shared-norms'],
  ['no signals and shared norms', '--signals none --norms shared'],
  ...RANKS.filter((rank) => rank !== 8).map((rank) => [`rank ${rank}`, { rank }]),
];

const TASKS = {
  translation: {
    title: 'German–English, Tatoeba',
    score: 'BLEU on 500 held-out sentences',
    command: 'train',
    data: (at) =>
      `--source ${at('train.de')} --target ${at('train.en')} --valid-source ${at('valid.de')} --valid-target ${at('valid.en')}`,
    sizes:
      '--vocab 2000 --dim 96 --mlp-dim 384 --heads 4 --encoder-levels 4 --decoder-levels 4 --rank 8 --max-length 64',
    course:
      '--batch-tokens 1024 --accumulate 2 --steps 700 --lr 2e-3 --warmup 100 --cooldown 300 --evaluate-every 700 --checkpoint-every 350 --average 1 --evaluate-sentences 500',
    rank: (rank) => `--rank ${rank}`,
  },
  vision: {
    title: 'Fashion-MNIST',
    score: 'accuracy on 2,000 held-out images, %',
    command: 'train vision',
    data: (at) => `--data ${at('')} --hold-out 2000`,
    sizes: '--dim 64 --mlp-dim 128 --heads 4 --levels 4 --rank 8 --ffn-rank 8 --patch-size 7',
    course:
      '--batch-size 64 --steps 800 --lr 2e-3 --warmup 100 --cooldown 300 --evaluate-every 800 --checkpoint-every 400 --average 1 --recipe none',
    rank: (rank) => `--rank ${rank} --ffn-rank ${rank}`,
  },
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'runs/ablations' },
    rows: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    report: { type: 'boolean', default: false },
  },
});
const [task] = positionals;
if (!Object.hasOwn(TASKS, task ?? '')) throw new Error(`Expected translation or vision, got ${task ?? 'nothing'}.`);
const { command, data, sizes, course, rank } = TASKS[task];

const slug = (name) => name.replace(/\W+/g, '-');
const folderOf = (name) => join(flags.runs, task, slug(name));
/** The flags of a row, after those that all share: a later --rank takes the place of the earlier one. */
function flagsOf(special, at) {
  const given = typeof special === 'string' ? special : rank(special.rank);
  const own = given.match(/--rank \d+.*/)?.[0];
  const shared = own ? sizes.replace(/--rank \d+( --ffn-rank \d+)?/, '').replace(/ {2,}/g, ' ') : sizes;
  return `${data(at)} ${shared} ${course} ${given}`.trim();
}

const wanted = flags.rows?.split(',').map((name) => name.trim());
const odd = wanted?.find((name) => !ROWS.some(([row]) => row === name));
if (odd !== undefined)
  throw new Error(`There is no row '${odd}'; expected some of ${ROWS.map(([name]) => name).join(', ')}.`);
if (!flags.report) {
  if (flags.data === undefined) throw new Error('--data is missing: the folder of the training data.');
  if (!existsSync(main)) throw new Error('packages/cli/dist is missing. Run npm run build first.');
  const at = (name) => resolve(flags.data, name);
  for (const [name, special] of ROWS) {
    if (wanted && !wanted.includes(name)) continue;
    const folder = folderOf(name);
    mkdirSync(folder, { recursive: true });
    const begun = Date.now();
    const args = [
      ...command.split(' '),
      '-o',
      join(folder, 'seeds'),
      '--seeds',
      flags.seeds,
      '--threads',
      '1',
      '--json',
    ];
    const { status, stdout } = spawnSync('node', [main, ...args, ...flagsOf(special, at).split(' ')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name}: training failed (exit code ${status}). Start again to resume.`);
    writeFileSync(join(folder, 'result.json'), stdout);
    console.error(`${name}: ${Math.round((Date.now() - begun) / 1000)} s`);
  }
}
report();

/** The rows of a task that have results, with their parameters. */
function resultsOf(which) {
  return ROWS.flatMap(([name, special]) => {
    const path = join(flags.runs, which, slug(name), 'result.json');
    if (!existsSync(path)) return [];
    const { seeds, score, validLoss } = JSON.parse(readFileSync(path, 'utf8'));
    const model = join(flags.runs, which, slug(name), 'seeds', `seed-${seeds[0].seed}`);
    const cost = spawnSync('node', [main, 'cost', '--model', model, '--json'], { encoding: 'utf8' });
    const { parameters } = JSON.parse(cost.stdout);
    return [{ name, special, seeds, score, validLoss, parameters }];
  });
}

function report() {
  const sections = Object.keys(TASKS).flatMap((which) => {
    const results = resultsOf(which);
    if (results.length === 0) return sectionOf(join(here, 'ablations.md'), TASKS[which].title);
    const { title, score, command, data, sizes, course, rank } = TASKS[which];
    const whole = results.find(({ name }) => name === ROWS[0][0]);
    const rows = results.map(({ name, special, seeds, score, validLoss, parameters }) => {
      const given = typeof special === 'string' ? special : rank(special.rank);
      return `| ${name} | ${parameters.total.toLocaleString('en')} | ${parameters.signals.toLocaleString('en')} | ${spreadText(score, 2)} | ${spreadText(validLoss, 3)} | ${whole === undefined || name === whole.name ? '' : spreadText(difference(seeds, whole.seeds), 3)} | ${seeds.length} | ${given && `\`${given}\``} |`;
    });
    const chart = `ablations-${which}.svg`;
    writeFileSync(join(here, chart), chartOf(`${title}: ${score}`, results));
    const line = `ringformer ${command} -o RUN --seeds ${flags.seeds} ${data((name) => name || '.')} ${sizes} ${course}`;
    return [
      `## ${title}`,
      `![${title}: ${score}, for each row, with the spread over its seeds](${chart})`,
      `| | parameters | in signals | ${score} | validation loss | difference in loss from the whole ring | seeds | flags |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n${rows.join('\n')}`,
      `± is the standard deviation over the seeds. “Difference in loss” compares runs of the same seed, which read the same data in the same order; below 0\nis better than the whole ring. To train a row, add its flags to this command, in place of any of the same name:`,
      `\`\`\`sh\n${line}\n\`\`\``,
    ];
  });
  const head = [
    '# What each part of the ring is worth',
    'Small rings, trained on the same data for the same number of updates. The whole ring has signals of rank 8 on attention and on the feed-forward\nnetwork (“network” below), and norms for each level. Every other row leaves something out or changes the rank.\n[level-signals](../../packages/level-signals/README.md#ablations) explains each ablation. Written by `docs/results/ablations.mjs`.',
  ];
  writeReport(join(here, 'ablations.md'), [...head, ...sections]);
}

/** How much greater the loss is than that of others with the same seed: its mean and spread. */
function difference(seeds, others) {
  const all = seeds.flatMap(({ seed, validLoss }) => {
    const other = others.find((one) => one.seed === seed);
    return other ? [validLoss - other.validLoss] : [];
  });
  return spread(all);
}

/** Each row's mean and spread as a point and a bar, and each seed as a small point. */
function chartOf(title, results) {
  const [left, width, line] = [210, 640, 26];
  const height = 56 + line * results.length;
  const all = results.flatMap(({ score, seeds }) => [...seeds.map(({ score }) => score), score.mean]);
  const pad = Math.max(0.1, (Math.max(...all) - Math.min(...all)) * 0.08);
  const [low, high] = [Math.min(...all) - pad, Math.max(...all) + pad];
  const x = (value) => (left + ((value - low) / (high - low)) * (width - left - 30)).toFixed(1);
  const power = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power * 6 >= high - low);
  const ticks = Array.from({ length: 8 }, (_, i) => (Math.ceil(low / step) + i) * step).filter((tick) => tick <= high);
  const parts = results.map(({ name, score: { mean, deviation = 0 }, seeds }, i) => {
    const y = 44 + line * i;
    const small = seeds.map(({ score }) => `<circle cx="${x(score)}" cy="${y}" r="2.5" fill="#888"/>`);
    return `<text x="${left - 12}" y="${y + 4}" text-anchor="end">${name}</text><line x1="${x(Math.max(low, mean - deviation))}" x2="${x(Math.min(high, mean + deviation))}" y1="${y}" y2="${y}" stroke="#2563eb" stroke-width="2"/>${small.join('')}<circle cx="${x(mean)}" cy="${y}" r="4.5" fill="#2563eb"/>`;
  });
  const grid = ticks.map(
    (value) =>
      `<line x1="${x(value)}" x2="${x(value)}" y1="30" y2="${height - 24}" stroke="#ddd"/><text x="${x(value)}" y="${height - 8}" text-anchor="middle">${value.toFixed(1)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img"><title>${title}</title><rect width="100%" height="100%" fill="#fff"/><text x="12" y="20" font-size="14">${title}</text>${grid.join('')}${parts.join('')}</svg>\n`;
}
