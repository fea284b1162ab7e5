// Measures what each augmentation and the size of the vocabulary are worth, and writes data.md beside this file. Runs that are
// finished are kept, so it can be stopped and started again, and two can run side by side for different seeds:
//   node docs/results/data.mjs --data DIR [--runs DIR] [--seeds N,…] [--what augmentation|vocabulary] [--report]
// `--data`: a folder with tatoeba/ (train, valid and devtest, .de and .en) and more/names/. `--report` trains nothing and writes
// what is there. Needs a build: npm run build.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RATES } from '../../packages/model-de-en/training/rates.mjs';
import { writeTable } from '../../packages/model-de-en/training/table.mjs';
import { AUGMENTATIONS, augmentPair, numberStyle, readSwapTable } from '../../packages/text/dist/index.js';
import { spread, spreadText } from './spread.mjs';
import { writeReport } from './write-report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const firstSentences = fileURLToPath(new URL('../../packages/cli/test/shipped/first.tsv', import.meta.url));

const MEANINGS = {
  join: 'two or three sentences on a line',
  swap: 'other names and places',
  numbers: 'other digits',
  spans: 'addresses, placeholders, code, emoji',
  unmarked: 'no final mark',
  typos: 'a typing error',
  small: 'lower case',
  capitals: 'capitals',
};
const VOCABULARIES = [1000, 2000, 4000, 8000, 16_000];
const SIZES =
  '--mlp-dim 384 --heads 4 --encoder-levels 4 --decoder-levels 4 --max-length 64 --batch-tokens 1024 --accumulate 2';
const BASE = `--vocab 2000 --dim 128 --rank 8 ${SIZES} --steps 2000 --lr 1.5e-3 --warmup 200 --cooldown 0 --evaluate-every 1000 --average 1 --evaluate-sentences 200`;
const ON = `--vocab 2000 --dim 128 --rank 8 ${SIZES} --steps 300 --lr 1.5e-3 --warmup 30 --cooldown 150 --evaluate-every 300 --average 1 --evaluate-sentences 200`;
const ALL_TEXT = `--dim 96 --rank 6 ${SIZES} --epochs 1 --lr 2e-3 --warmup 100 --cooldown 250 --evaluate-every 10000 --average 1 --evaluate-sentences 200`;

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'runs/data-choices' },
    seeds: { type: 'string', default: '1,2' },
    what: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
});
const wants = (what) => flags.what === undefined || flags.what === what;
const at = (...parts) => resolve(flags.runs, ...parts);
const seeds = () => readdirSync(at()).filter((name) => name.startsWith('seed-'));
const tatoeba = (set, side) => resolve(flags.data, 'tatoeba', `${set}.${side}`);
const linesOf = (path) => readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');

if (!flags.report) {
  if (flags.data === undefined) throw new Error('--data is missing: the folder of the corpora.');
  if (!existsSync(main)) throw new Error('packages/cli/dist is missing. Run npm run build first.');
  mkdirSync(at('texts'), { recursive: true });
  writeTable(resolve(flags.data, 'more/names'), at('table.tsv'), 'de');
  writeTexts();
  for (const seed of flags.seeds.split(',')) {
    if (wants('augmentation')) augmentation(seed);
    if (wants('vocabulary')) for (const size of VOCABULARIES) vocabulary(size, seed);
  }
}
report();

/** Each augmentation made in every line of devtest that it can change: TEXT.de and TEXT.en, and the same lines unchanged. */
function writeTexts() {
  const [de, en] = ['de', 'en'].map((side) => linesOf(tatoeba('devtest', side)).slice(0, 1000));
  const table = readSwapTable(linesOf(at('table.tsv')));
  const pairs = de.map((source, i) => ({ source, target: en[i] }));
  const partner = (where) => pairs[Math.floor(where * pairs.length)];
  const write = (name, list) => {
    writeFileSync(at('texts', `${name}.de`), list.map(({ source }) => `${source}\n`).join(''));
    writeFileSync(at('texts', `${name}.en`), list.map(({ target }) => `${target}\n`).join(''));
  };
  write('plain', pairs);
  for (const name of AUGMENTATIONS) {
    const options = { rates: { [name]: 1 }, table, style: numberStyle('de', 'en'), partner };
    const changed = pairs.map((pair, i) => augmentPair(pair, { ...options, seed: 7_000_000 + i }));
    write(
      name,
      changed.filter(({ source }, i) => source !== de[i]),
    );
  }
}

function train(folder, args, seed) {
  if (existsSync(join(folder, 'scores.json'))) return false;
  const valid = `--valid-source ${tatoeba('valid', 'de')} --valid-target ${tatoeba('valid', 'en')}`;
  const given = `train -o ${folder} --threads 1 --seed ${seed} ${valid} ${args}`.split(' ');
  const { status } = spawnSync(process.execPath, [main, ...given], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${folder}: training failed (exit code ${status}). Start again to resume.`);
  return true;
}

function evaluate(folder, names) {
  const scores = {};
  for (const name of names) {
    const files = ['--source', at('texts', `${name}.de`), '--target', at('texts', `${name}.en`)];
    const how = ['--beam', '1', '--raw', '--no-loss', '--threads', '1', '--json', '-m', join(folder, 'model')];
    const { status, stdout } = spawnSync(process.execPath, [main, 'evaluate', ...files, ...how], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${folder}: evaluate failed (exit code ${status}).`);
    scores[name] = JSON.parse(stdout);
  }
  scores.first = first(folder);
  writeFileSync(join(folder, 'scores.json'), `${JSON.stringify(scores)}\n`);
}

/** How many of the first sentences have what a translation must contain. */
function first(folder) {
  const list = linesOf(firstSentences).map((line) => line.split('\t'));
  const how = ['--beam', '1', '--threads', '1', '-m', join(folder, 'model')];
  const input = list.map(([text]) => `${text}\n`).join('');
  const { status, stdout } = spawnSync(process.execPath, [main, 'translate', ...how], { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${folder}: translate failed (exit code ${status}).`);
  const found = stdout.split('\n');
  return list.filter(([, pattern], i) => new RegExp(pattern, 'i').test(found[i] ?? '')).length;
}

/** A model without augmentation, and from it one for each augmentation, one with all and one with none. */
function augmentation(seed) {
  const base = at(`seed-${seed}`, 'base');
  const files = `--source ${tatoeba('train', 'de')} --target ${tatoeba('train', 'en')}`;
  if (!existsSync(join(base, 'done'))) {
    train(base, `${files} ${BASE}`, seed);
    writeFileSync(join(base, 'done'), '');
  }
  for (const name of ['none', ...AUGMENTATIONS, 'all']) {
    const folder = at(`seed-${seed}`, name);
    const rates = name === 'all' ? RATES : name === 'none' ? {} : { [name]: RATES[name] };
    const source = { name: 'tatoeba', source: tatoeba('train', 'de'), target: tatoeba('train', 'en'), weight: 1 };
    const mixture = { languages: ['de', 'en'], table: at('table.tsv'), augment: rates, sources: [source] };
    const path = at(`seed-${seed}`, `${name}.json`);
    writeFileSync(path, `${JSON.stringify(mixture)}\n`);
    if (!train(folder, `--init ${join(base, 'model')} --mixture ${path} ${ON}`, seed)) continue;
    evaluate(folder, name === 'none' || name === 'all' ? ['plain', ...AUGMENTATIONS] : ['plain', name]);
  }
}

function vocabulary(size, seed) {
  const folder = at(`seed-${seed}`, `vocabulary-${size}`);
  const files = `--source ${tatoeba('train', 'de')} --target ${tatoeba('train', 'en')}`;
  if (train(folder, `${files} --vocab ${size} ${ALL_TEXT}`, seed)) evaluate(folder, ['plain']);
}

function report() {
  const read = (name) =>
    seeds().flatMap((seed) => {
      const path = at(seed, name, 'scores.json');
      return existsSync(path) ? [JSON.parse(readFileSync(path, 'utf8'))] : [];
    });
  const bleu = (scores, text) => spreadText(spread(scores.map((score) => score[text].bleu)), 1);
  const firsts = (scores) => spreadText(spread(scores.map((score) => score.first)), 1);
  const parts = [
    '# What the choices of training data are worth',
    'Small rings, measured on the first 1,000 lines of Tatoeba devtest, greedily and without the text rules of the translator. Written by\n`docs/results/data.mjs`.',
    ...augmentationParts({ read, bleu, firsts }),
    ...vocabularyParts({ read, bleu, firsts }),
  ];
  writeReport(join(here, 'data.md'), parts);
}

function augmentationParts({ read, bleu, firsts }) {
  const [none, all] = [read('none'), read('all')];
  if (none.length === 0) return [];
  const rows = AUGMENTATIONS.flatMap((name) => {
    const own = read(name);
    if (own.length === 0) return [];
    const lines = own[0][name].sentences;
    const cells = [RATES[name], firsts(own), bleu(own, 'plain'), lines, bleu(none, name), bleu(own, name)];
    return [`| ${name}: ${MEANINGS[name]} | ${cells.join(' | ')} | ${all.length > 0 ? bleu(all, name) : ''} |`];
  });
  const whole = (name, scores) =>
    scores.length > 0 ? [`| ${name} | | ${firsts(scores)} | ${bleu(scores, 'plain')} | | | | |`] : [];
  const head = [
    '',
    'rate',
    'first sentences',
    'plain BLEU',
    'lines',
    'changed: with none',
    'with this one',
    'with all',
  ];
  return [
    '## Augmentation',
    `One model learns Tatoeba for 2,000 updates as it is, then for 300 more with each augmentation by itself, with all and with none. “Changed” is the
BLEU of the devtest lines that the augmentation changes, changed by it. First sentences: how many of ${linesOf(firstSentences).length} inputs such as people type
first have what they must.`,
    `| ${head.join(' | ')} |\n| --- |${' ---: |'.repeat(head.length - 1)}\n${[...whole('none', none), ...rows, ...whole('all', all)].join('\n')}`,
    `± is the standard deviation over ${none.length} seeds. The two commands:\n\n\`\`\`sh\nringformer train -o BASE --source train.de --target train.en ${BASE}\nringformer train -o RUN --init BASE/model --mixture mixture.json ${ON}\n\`\`\``,
  ];
}

function vocabularyParts({ read, bleu, firsts }) {
  const rows = VOCABULARIES.flatMap((size) => {
    const name = `vocabulary-${size}`;
    const scores = read(name);
    if (scores.length === 0) return [];
    const weights = statSync(at(seeds()[0], name, 'model/model.safetensors')).size / 1e6;
    const cells = [
      size.toLocaleString('en'),
      `${weights.toFixed(1)} MB`,
      bleu(scores, 'plain'),
      firsts(scores),
      scores.length,
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  if (rows.length === 0) return [];
  return [
    '## Vocabulary',
    'Each model reads Tatoeba once; the smaller the vocabulary, the more tokens that is.',
    `| tokens | model, float16 | BLEU | first sentences | seeds |\n| ---: | ---: | ---: | ---: | ---: |\n${rows.join('\n')}`,
    `\`\`\`sh\nringformer train -o RUN --source train.de --target train.en --vocab SIZE ${ALL_TEXT}\n\`\`\``,
  ];
}
