import { expect, test } from 'vitest';
import { levelTable } from './layout.ts';

test("a level's table is its positions' waves plus its own", () => {
  const table = levelTable(3, 5, 4); // [l n d]
  const [level, position, k] = [2, 4, 1];
  expect(table.length).toBe(60);
  expect(table[(level * 5 + position) * 4 + k]).toBeCloseTo(Math.sin(5 / 1e4) + Math.sin(3 / 1e4), 7);
});
