import { expect, test } from 'vitest';
import { levelTable, waves } from './level-table.ts';

test('positions and columns count from 1; odd columns are cosines, even ones sines, of 10000^(2k/d)', () => {
  const [first, second] = [waves(1, 4), waves(1, 4, 1)];
  [Math.cos(1 / 100), Math.sin(1 / 1e4), Math.cos(1 / 1e6), Math.sin(1 / 1e8)].forEach((x, k) =>
    expect(first[k]).toBeCloseTo(x, 7),
  );
  expect(second[0]).toBeCloseTo(Math.cos(2 / 100), 7);
  expect(second[1]).toBeCloseTo(Math.sin(2 / 1e4), 7);
});

test('rows from a later start are the same rows', () => {
  expect([...waves(3, 6, 2)]).toEqual([...waves(5, 6).slice(12)]);
});

test("a level's table is its positions' waves plus its own", () => {
  const table = levelTable(3, 5, 4); // [l n d]
  const [level, position, k] = [2, 4, 1];
  expect(table.length).toBe(60);
  expect(table[(level * 5 + position) * 4 + k]).toBeCloseTo(Math.sin(5 / 1e4) + Math.sin(3 / 1e4), 7);
});
