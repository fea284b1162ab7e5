// node prepare.mjs DATA OUT [en]: writes OUT/mixture.json and all files that it names, from the corpora in DATA; with `en`, to
// translate from English to German.
// DATA contains tatoeba/, phpdoc/, more/ and first-sentences/, as the README next to this file describes.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillFrames } from './frames.mjs';
import { RATES } from './rates.mjs';
import { writeTable } from './table.mjs';

const [data, out, from = 'de'] = process.argv.slice(2);
if (!data || !out || !['de', 'en'].includes(from)) throw new Error('Usage: node prepare.mjs DATA OUT [en]');
const to = from === 'de' ? 'en' : 'de';
const here = dirname(fileURLToPath(import.meta.url));

/**
 * How often a line is read, relative to a line of Tatoeba. Group C of `more` (books-us) and Multi30k are not read at all.
 */
const MANUALS = 0.6;
const WEIGHTS = {
  tatoeba: 1,
  phpdoc: 0.3,
  'more/tatoeba-2021': 2,
  'more/bcontrast': 2,
  'more/xquad': 2.5,
  'more/mgsm': 3,
  'more/books': 1,
  'more/bible': 0.3,
  'more/cwa-app': 2,
  'more/opensource-guide': 2,
  'more/mozilla-legal': 1,
  'more/privacyguides': 1,
  'more/business-central': 0.4,
  'more/project-operations': 0.4,
  'more/libreoffice-help': 0.5,
  'more/cldr-names': 0.5,
  ...Object.fromEntries(
    [
      ...['letsencrypt', 'rustbook', 'gnome-help', 'mozilla-www', 'firefox-ui', 'bitcoin-org', 'monero-site', 'froide'],
      ...['pretalx', 'warehouse', 'grocy', 'jenkins', 'winforms', 'electron', 'tldr', 'smooth-app', 'debian-handbook'],
      'raspberry-pi-projects',
    ].map((name) => [`more/${name}`, MANUALS]),
  ),
};

const lines = (path) => readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
const normal = (text) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** Everything that is used only for evaluation: no line of it may be trained on. */
function heldOut() {
  const held = new Set();
  const folders = readdirSync(data).concat(
    existsSync(join(data, 'more')) ? readdirSync(join(data, 'more')).map((name) => `more/${name}`) : [],
  );
  for (const folder of folders) {
    for (const split of ['valid', 'devtest', 'test', 'test2016']) {
      for (const side of ['de', 'en']) {
        const path = join(data, folder, `${split}.${side}`);
        if (existsSync(path)) for (const line of lines(path)) held.add(`${side} ${normal(line)}`);
      }
    }
  }
  return held;
}

/**
 * The first sentences: none is trained on as is, and those of three or more words not with other punctuation or case either.
 */
const first = lines(join(data, 'first-sentences', 'first.tsv')).map((line) => line.split('\t')[0]);
const firstExact = new Set(first);
const firstNormal = new Set(first.filter((line) => line.split(/\s+/).length >= 3).map(normal));
const held = heldOut();
for (const line of lines(join(here, 'hundred.tsv'))) held.add(`de ${normal(line.split('\t')[0])}`);
const isHeld = (de, en) =>
  held.has(`de ${normal(de)}`) || held.has(`en ${normal(en)}`) || firstExact.has(de) || firstNormal.has(normal(de));

mkdirSync(join(out, 'text'), { recursive: true });
const sources = [];
function writeSource(name, pairs, weight, augment) {
  const kept = pairs.filter(([de, en]) => !isHeld(de, en));
  for (const [i, side] of ['de', 'en'].entries()) {
    writeFileSync(join(out, 'text', `${name}.${side}`), kept.map((pair) => `${pair[i]}\n`).join(''));
  }
  console.log(`${name}: ${kept.length} pairs, ${pairs.length - kept.length} left out, weight ${weight}`);
  sources.push({
    name,
    source: `text/${name}.${from}`,
    target: `text/${name}.${to}`,
    weight,
    ...(augment && { augment }),
  });
}
function readPairs(folder) {
  const [de, en] = ['de', 'en'].map((side) => lines(join(data, folder, `train.${side}`)));
  if (de.length !== en.length) throw new Error(`${folder}: ${de.length} German lines, ${en.length} English ones`);
  return de.map((line, i) => [line, en[i]]);
}

for (const [folder, weight] of Object.entries(WEIGHTS)) {
  const terms = folder === 'more/cldr-names'; // single terms: nothing to swap or join
  writeSource(
    folder.replace('more/', ''),
    readPairs(folder),
    weight,
    terms ? { join: 0, swap: 0, numbers: 0, spans: 0 } : undefined,
  );
}
const tsv = (path) => lines(path).map((line) => line.split('\t'));
const names = join(data, 'more', 'names');
const { slots } = writeTable(names, join(out, 'table.tsv'), from);
const numbers = tsv(join(names, 'numbers.tsv')).filter(([kind, , en]) => kind !== 'kind' && !/[ap]\.m\./.test(en));
writeSource(
  'numbers',
  numbers.map(([, de, en]) => [de, en]),
  0.4,
  { join: 0, spans: 0, typos: 0 },
);
writeSource('greetings', tsv(join(here, 'greetings.tsv')), 12, {
  spans: 0.01,
  typos: 0.02,
  small: 0.1,
  capitals: 0.05,
  join: 0.2,
});
writeSource('everyday', tsv(join(here, 'everyday.tsv')), 3);
writeSource('frames', fillFrames(tsv(join(here, 'frames.tsv')), slots, 120), 1, { swap: 0, numbers: 0 });

// checks again what was written, the way it will be read
for (const { name } of sources) {
  const [de, en] = ['de', 'en'].map((side) => lines(join(out, 'text', `${name}.${side}`)));
  de.forEach((line, i) => {
    if (isHeld(line, en[i])) throw new Error(`${name}, line ${i + 1} is held out: ${line}`);
  });
}
const mixture = {
  languages: [from, to],
  temperature: 1,
  epochPairs: 65536,
  table: 'table.tsv',
  augment: RATES,
  sources,
};
const text = `${JSON.stringify(mixture, null, 2)}\n`;
writeFileSync(join(out, 'mixture.json'), text);
console.log(
  `${join(out, 'mixture.json')}: ${sources.length} sources, sha256 ${createHash('sha256').update(text).digest('hex')}`,
);
