// Compares the levels of the ring, the Universal Transformer and One-Wide-FFN with those of a vanilla Transformer (CKA), as the
// paper does, and writes cka.md, cka-*.svg and cka.json beside this file. The models are those of comparison.mjs at equal width:
//   node docs/results/cka.mjs --data DIR [--runs DIR] [--sentences N]
// `--data`: valid.de and valid.en. `--runs`: that of comparison.mjs. Needs a build: npm run build.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareTranslation, referenceTranslationCka } from '@ringformer/analysis';
import { drawSvg } from '@ringformer/pictures/node';
import { loadSeq2seq, readConfig } from '@ringformer/seq2seq';
import { baselines } from '@ringformer/seq2seq/baselines';
import { loadTokenizer } from '@ringformer/text';
import { startWasm } from '@ringformer/wasm';
import { mean, spread, spreadText } from './spread.mjs';
import { writeReport } from './write-report.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const SIDES = ['encoder', 'decoder'];
const ARCHITECTURES = { ring: 'ring', universal: 'Universal', owf: 'One-Wide-FFN' };

/** Means of the diagonals of the authors' own maps, 6 + 6 levels: read from the pictures in their notebook. */
const PAPER = {
  ring: { encoder: [0.867, 0.862], decoder: [0.82, 0.902] },
  universal: { encoder: [0.833, 0.773], decoder: [0.815, 0.812] },
  owf: { encoder: [0.873, 0.847], decoder: [0.878, 0.89] },
};

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'runs/comparison' },
    sentences: { type: 'string', default: '500' },
  },
});
if (flags.data === undefined) throw new Error('--data is missing: the folder with valid.de and valid.en.');
const runs = join(flags.runs, 'translation');

/** Seeds that all four architectures have finished. */
const seedsOf = (row) => (existsSync(join(runs, row)) ? readdirSync(join(runs, row)) : []);
const seeds = seedsOf('vanilla')
  .filter((name) => /^seed-\d+$/.test(name))
  .filter((name) => ['ring', 'universal', 'owf', 'vanilla'].every((row) => existsSync(fileOf(row, name))))
  .sort();
if (seeds.length === 0)
  throw new Error(`${runs} has no seed that all four architectures have. Run comparison.mjs translation first.`);

await startWasm();
const tokenizer = tokenizerOf('vanilla', seeds[0]);
const lines = (name) => readFileSync(join(flags.data, name), 'utf8').split('\n');
const [german, english] = [lines('valid.de'), lines('valid.en')];
const pairs = german
  .map((source, i) => ({ source: tokenizer.encode(source), target: tokenizer.encode(english[i] ?? '') }))
  .filter(
    ({ source, target }) => source.length > 0 && target.length > 0 && Math.max(source.length, target.length) <= 48,
  )
  .slice(0, Number(flags.sentences));

/** For each estimator and row: maps of models of the same seed, and of different seeds. */
const found = {};
for (const [name, estimate] of [
  ['unbiased', (models) => compareTranslation(models, pairs)],
  ['reference', (models) => referenceTranslationCka(models, pairs)],
]) {
  found[name] = {};
  for (const row of [...Object.keys(ARCHITECTURES), 'vanilla']) {
    const maps = { same: [], different: [] };
    for (const [i, seed] of seeds.entries()) {
      for (const [j, other] of seeds.entries()) {
        if (row === 'vanilla' && j <= i) continue; // itself, and pairs that were there before
        maps[i === j ? 'same' : 'different'].push(await estimate([modelOf('vanilla', seed), modelOf(row, other)]));
      }
    }
    found[name][row] = maps;
    console.error(`${name}, ${row}`);
  }
}
write();

function fileOf(row, seed) {
  return join(runs, row, seed, 'model', 'model.safetensors');
}

function modelOf(row, seed) {
  const config = readConfig(readFileSync(join(runs, row, seed, 'model', 'config.json'), 'utf8'));
  if (!existsSync(join(runs, row, seed, 'model', 'tokenizer.json'))) throw new Error(`${row}, ${seed}: no tokenizer.`);
  const same = JSON.stringify(tokenizerOf(row, seed)) === JSON.stringify(tokenizer);
  if (!same) throw new Error(`${row}, ${seed}: expected the tokenizer of the others. Train all rows on the same text.`);
  return loadSeq2seq(config, readFileSync(fileOf(row, seed)), baselines[row]);
}

function tokenizerOf(row, seed) {
  return loadTokenizer(JSON.parse(readFileSync(join(runs, row, seed, 'model', 'tokenizer.json'), 'utf8')));
}

/** The mean map of some: [levels of vanilla][levels of the other]. */
function meanMap(maps) {
  return maps[0].map((row, i) => row.map((_, j) => mean(maps.map((map) => map[i][j]))));
}

/** '0.812 ± 0.010': of the mean diagonal of each seed. */
function diagonal(maps) {
  return spreadText(spread(maps.map((map) => mean(map.map((row, i) => row[i])))), 3);
}

function write() {
  const many = seeds.length > 1;
  const count = ['one seed', 'two seeds', 'three seeds'][seeds.length - 1] ?? `${seeds.length} seeds`;
  const drawn = many ? 'different' : 'same';
  const titles = { ...ARCHITECTURES, vanilla: 'vanilla' };
  const rowsWith = (which) => Object.keys(titles).filter((row) => found.unbiased[row][which].length > 0);
  for (const side of SIDES) {
    const rows = rowsWith(drawn);
    const map = (row) => meanMap(found.unbiased[row][drawn].map((one) => one[side]));
    const names = map(rows[0]).map((_, i) => `${i + 1}`);
    const picture = {
      kind: 'heat',
      name: `cka-${side}`,
      title: `Levels of the ${side} against those of a vanilla Transformer`,
      says: [`CKA of ${pairs.length} sentences${many ? ', mean of models of different seeds' : ''}.`],
      rows: { label: 'layer of vanilla', names },
      columns: { label: 'level', names },
      value: { label: 'CKA (1: the same up to rotation and scale)', from: 0, to: 1, digits: 2 },
      panels: rows.map((row) => ({ title: titles[row], values: map(row) })),
    };
    writeFileSync(join(here, `cka-${side}.svg`), drawSvg(picture, { theme: 'light' }));
  }
  writeFileSync(join(here, 'cka.json'), `${JSON.stringify({ seeds: seeds.length, sentences: pairs.length, found })}\n`);
  const table = (which) => {
    const lines = rowsWith(which).map((row) => {
      const cells = SIDES.flatMap((side) => [
        ...['unbiased', 'reference'].map((name) => diagonal(found[name][row][which].map((one) => one[side]))),
        PAPER[row]?.[side].map((value) => value.toFixed(2)).join('; ') ?? '–',
      ]);
      return `| ${titles[row]} | ${cells.join(' | ')} |`;
    });
    return `| compared with vanilla | encoder | encoder, authors' method | encoder, authors' figures | decoder | decoder, authors' method | decoder, authors' figures |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n${lines.join('\n')}`;
  };
  const parts = [
    '# Are the ring’s levels like the layers of a vanilla Transformer?',
    `The paper compares the vectors after each level with those after each layer of a vanilla Transformer by centred kernel
alignment (CKA): 1 means equal up to rotation and scale. Here are four small models of the same width and depth, all trained in the
same way on German–English sentences from Tatoeba ([how](comparison.md)). These figures use ${count} of each. Written by
\`docs/results/cka.mjs\`.`,
    ...(many
      ? [
          `## Models of different seeds`,
          `Each seed of one architecture against every other seed of the vanilla Transformer. The last row compares two vanilla models, as a
reference${seeds.length === 2 ? '; with two seeds there is only one such pair' : ''}.`,
          table('different'),
        ]
      : []),
    `## Models of the same seed`,
    `Models of the same seed start with the same embeddings and read the same batches, so they are more alike than their architecture
explains by itself.`,
    table('same'),
    `Each figure is the mean of the diagonal (level i against layer i) over ${pairs.length} held-out sentences${many ? ', ± the standard deviation over the pairs of models' : ''}.
The columns “encoder” and “decoder” count every real token once and correct for the number of examples. The authors' method uses only the
last batch, padded to 50 tokens, and counts the padding too. The authors' figures are read from two groups of pictures in their notebook;
those models have six levels and were trained far longer. The notebook doesn't say which seeds were used.`,
    ...SIDES.map((side) => `![CKA of the ${side}'s levels with a vanilla Transformer's layers](cka-${side}.svg)`),
    `The command, after those of the comparison (DIR holds valid.de and valid.en):\n\n\`\`\`sh\nnode docs/results/cka.mjs --data DIR\n\`\`\``,
  ];
  writeReport(join(here, 'cka.md'), parts);
}
