import { expect, test } from 'vitest';
import { tablesOf } from '../picture.ts';
import { wordsOf } from '../words.ts';
import {
  alignmentPicture,
  classTokenPicture,
  headsPicture,
  imageHeadsPicture,
  imageRolloutPicture,
} from './attention.ts';
import { ckaPicture } from './cka.ts';
import { costPicture } from './cost.ts';
import { depthPicture, similarityPicture } from './depth.ts';
import { distancePicture } from './distance.ts';
import { roundUp } from './parts.ts';
import { imageSignalsPicture, signalsPicture, statesPicture, tokenSignalsPicture } from './signals.ts';

const source = wordsOf(['<s>', 'Hund', '</s>']);
const target = wordsOf(['dog', '</s>']);
const sides = {
  name: 'x',
  title: 'X',
  rows: { label: 'English', words: target },
  columns: { label: 'German', words: source },
};
const map = { shape: [2, 2, 3] as const, data: [0.1, 0.8, 0.1, 0, 0, 1, 0.3, 0.4, 0.3, 1, 0, 0] };

test('CKA: neighbours, ends, and the most alike levels of two models', () => {
  const one = ckaPicture(
    [
      [1, 0.9, 0.2],
      [0.9, 1, 0.7],
      [0.2, 0.7, 1],
    ],
    { side: 'encoder', models: ['a'] },
  );
  expect(one.name).toBe('cka-encoder');
  expect(one.says.join(' ')).toMatch(/0\.80 on average.*Levels 1 and 3 differ most: 0\.20/);
  const two = ckaPicture(
    [
      [0.3, 0.4],
      [0.8, 0.5],
    ],
    { side: 'decoder', models: ['a', 'b'] },
  );
  expect(two.name).toBe('cka-decoder-against');
  expect(two.says.join(' ')).toMatch(/0\.40 alike.*level 2 of a and level 1 of b: 0\.80/);
  expect(ckaPicture([[1]], { side: 'x', models: ['a'] }).says).toHaveLength(1);
});

test('alignment: the heaviest tie between words, one head or their mean', () => {
  const mean = alignmentPicture([{ ...map, title: 'level 1' }], sides);
  expect(mean.panels[0]?.values.flat().map((x) => x.toFixed(2))).toEqual([
    '0.20',
    '0.60',
    '0.20',
    '0.50',
    '0.00',
    '0.50',
  ]);
  expect(mean.says[0]).toContain('In level 1, “dog” gives 60 % of its attention to “Hund”');
  expect(alignmentPicture([{ ...map, title: 'level 1' }], sides, 0).panels[0]?.values).toEqual([
    [0.1, 0.8, 0.1],
    [0, 0, 1],
  ]);
});

test('heads: a panel for each head of each level, and the sharpest of them', () => {
  const { panels, says, across } = headsPicture([map, map], sides);
  expect(panels.map(({ title }) => title)).toEqual([
    'level 1, head 1',
    'level 1, head 2',
    'level 2, head 1',
    'level 2, head 2',
  ]);
  expect(says[0]).toContain('level 1, head 1: it gives 90 %');
  expect(across).toBe(4);
});

test('images: the class token’s row as a grid, relative to its strongest patch', () => {
  const row = [0.2, 0.4, 0.2, 0.1, 0.1];
  const image = { name: 'i', title: 'I', image: { width: 2, height: 2, channels: 1 as const, data: [0, 1, 2, 3] } };
  const weights = { shape: [1, 5, 5] as const, data: [...row, ...Array(20).fill(0.2)] };
  const found = classTokenPicture([weights], image);
  expect(found.panels[0]?.values).toEqual([
    [1, 0.5],
    [0.25, 0.25],
  ]);
  expect(found.says[1]).toContain('80 % of its attention to patches and 20 % to itself');
  expect(imageHeadsPicture(weights, 4, image).says[0]).toContain('The only head of level 5 gives 40 %');
  expect(imageRolloutPicture({ shape: [5, 5], data: weights.data }, image).says[0]).toContain('1 of 4 patches');
  const kinds = { query: row, key: row, value: row, ffn: row };
  expect(imageSignalsPicture([kinds], image).says[0]).toContain('Level 1 adds the most: its signals are 20 %');
});

test('distance: means of levels, nearest and farthest heads', () => {
  const { says, series, y } = distancePicture(
    [
      [1, 3],
      [4, 6],
    ],
    { side: 'encoder', unit: 'tokens' },
  );
  expect(says.join(' ')).toMatch(/look 2\.0 tokens away.*last 5\.0.*4 heads looks 1\.0.*6\.0/);
  expect(series[0]?.points).toEqual([
    [1, 2],
    [2, 5],
  ]);
  expect(y.to).toBe(6);
});

test('depth: all levels, the first, and stopping early', () => {
  const depths = [
    { levels: 1, accuracy: 0.4, agreement: 0.5 },
    { levels: 2, accuracy: 0.9, agreement: 1 },
  ];
  const { says, series } = depthPicture(depths, [{ meanLevels: 1.5, accuracy: 0.85 }], { title: 'D', what: 'images' });
  expect(says).toEqual([
    'With all 2 levels, 90 % of the images are right; with only the first, 40 %.',
    'If each stops as soon as two levels in a row agree, 1.5 levels on average give 85 %.',
  ]);
  expect(series.map(({ points }) => points)).toEqual([
    [
      [1, 40],
      [2, 90],
    ],
    [
      [1, 50],
      [2, 100],
    ],
    [[1.5, 85]],
  ]);
});

test('similarity: the mean of different levels, and the most alike', () => {
  const { says, panels } = similarityPicture(
    {
      query: [
        [1, 0.2],
        [0.2, 1],
      ],
      key: [
        [1, 0.6],
        [0.6, 1],
      ],
    },
    { name: 's', title: 'S' },
  );
  expect(says[0]).toContain('On average it is 0.40.');
  expect(says[1]).toBe('The most alike are two signals for the keys: 0.60.');
  expect(panels.map(({ title }) => title)).toEqual(['queries', 'keys']);
});

test('signals: the strongest of all, and word by word', () => {
  const bars = signalsPicture([{ name: 'level 2', strength: { query: 0.1, key: 0.2, value: 0.5, ffn: 0 } }]);
  expect(bars.says).toEqual([
    'Level 2 adds 50 % to the values, the most of all signals.',
    'On average a signal is 20 % as long as what it is added to.',
  ]);
  const tokens = { query: [0.1, 0.2, 0], key: [0, 0, 0], value: [0, 0.3, 0], ffn: [0, 0, 0] };
  const words = tokenSignalsPicture([tokens], source, { name: 'w', title: 'W' });
  expect(words.panels.map(({ values }) => values)).toEqual([[[10, 20, 0]], [[0, 0, 0]], [[0, 30, 0]], [[0, 0, 0]]]);
  expect(words.says[0]).toContain('added to the values of “Hund” in level 1, 30 %');
});

test('states: the cosine of each token’s vectors, averaged', () => {
  const { panels, says } = statesPicture(
    [
      [1, 0, 0, 2],
      [1, 0, 3, 0],
    ],
    2,
    { name: 's', title: 'S' },
  );
  expect(panels[0]?.values).toEqual([
    [1, 0.5],
    [0.5, 1],
  ]);
  expect(says[1]).toContain('Level 2 turns the vectors most: 0.50');
});

test('cost: parts and totals in one unit, and how many times as many', () => {
  const own = { blocks: 2_000_000, signals: 500_000 };
  const { series, rows, says } = costPicture(
    own,
    { blocks: 5_000_000, signals: 0 },
    { name: 'p', title: 'P', label: 'parameters', model: 'm' },
  );
  expect(rows.names).toEqual(['blocks', 'signals', 'total']);
  expect(series.map(({ values }) => values)).toEqual([
    [2, 0.5, 2.5],
    [5, 0, 5],
  ]);
  expect(says).toEqual([
    'm: 2.50 million parameters. A vanilla Transformer of the same widths and depth: 5.00 million, 2.00 times as many.',
    'Level signals are 20 % of them.',
  ]);
});

test('tables say what pictures show', () => {
  const picture = distancePicture(
    [
      [1, 3],
      [4, 6],
    ],
    { side: 'encoder', unit: 'tokens' },
  );
  expect(tablesOf(picture)[0]?.header).toEqual(['level', 'mean of the heads', 'each head']);
  expect(tablesOf(picture)[0]?.rows).toEqual([
    ['1', '2', '1, 3'],
    ['2', '5', '4, 6'],
  ]);
  expect(roundUp(17)).toBe(20);
  expect(roundUp(0.23)).toBe(0.25);
});

test('one level, one head, and signals that are zero are said so', () => {
  const zero = { query: 0, key: 0, value: 0, ffn: 0 };
  const zeros = { query: [0, 0], key: [0, 0], value: [0, 0], ffn: [0, 0] };
  const words = [{ text: '▶', from: 0, to: 2 }];
  expect(signalsPicture([{ name: 'level 1', strength: zero }]).says).toEqual([
    'All signals are zero, as they are before training.',
  ]);
  expect(tokenSignalsPicture([zeros], words, { name: 'w', title: 'W' }).says[0]).toContain('All signals are zero');
  const says = distancePicture([[1.5]], { side: 'encoder', unit: 'tokens' }).says;
  expect(says).toEqual(['Its only level looks 1.5 tokens away on average.']);
  const depth = depthPicture([{ levels: 1, accuracy: 0.5, agreement: 1 }], [{ meanLevels: 1, accuracy: 0.5 }], {
    title: 'D',
    what: 'images',
  });
  expect(depth.says).toEqual(['There is only one level. With it, 50 % of the images are right.']);
});
