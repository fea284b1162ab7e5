import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZES = '--vocab 280 --dim 16 --mlp-dim 16 --heads 2 --encoder-levels 2 --decoder-levels 1 --max-length 60';
const RUN =
  '--warmup 1 --cooldown 0 --batch-tokens 256 --evaluate-every 8 --checkpoint-every 2 --average 1 --bpe-dropout 0.2 --threads 1';

/** A mixture of two small corpora, and the flags of a run that learns from it; `files`: of one that learns from the first. */
export function mixture(folder: string) {
  const write = (name: string, lines: string[]) => {
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));
    return name;
  };
  const numbers = Array.from({ length: 40 }, (_, i) => i);
  const sources = [
    {
      name: 'ages',
      source: write(
        'ages.de',
        numbers.map((i) => `Tom ist ${i + 10} Jahre alt.`),
      ),
      target: write(
        'ages.en',
        numbers.map((i) => `Tom is ${i + 10} years old.`),
      ),
      weight: 3,
    },
    {
      name: 'words',
      source: write('words.de', ['Hund', 'Katze', 'Haus', 'Baum']),
      target: write('words.en', ['dog', 'cat', 'house', 'tree']),
    },
  ];
  const table = write('names.tsv', ['man\tTom\tTom', 'man\tMax\tMax']);
  const augment = { swap: 0.5, numbers: 0.5, typos: 0.2, join: 0.1 };
  const path = join(folder, 'mixture.json');
  const set = (weight: number) => {
    const weighted = sources.map((source) => ({ weight, ...source }));
    writeFileSync(path, JSON.stringify({ languages: ['de', 'en'], epochPairs: 31, table, augment, sources: weighted }));
  };
  set(1);
  const valid = ['--valid-source', join(folder, 'ages.de'), '--valid-target', join(folder, 'ages.en')];
  const course = [...valid, ...`${SIZES} ${RUN}`.split(' ')];
  const files = ['--source', join(folder, 'ages.de'), '--target', join(folder, 'ages.en'), ...course];
  return { set, flags: ['--mixture', path, ...course], files };
}
