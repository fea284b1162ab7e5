import { expect, it } from 'vitest';
import { epochOrder, imageSeed } from './order.ts';

it('orders every index once, differently in each epoch', () => {
  const order = epochOrder(1000, 7, 0);
  expect(Uint32Array.from(order).sort()).toEqual(Uint32Array.from({ length: 1000 }, (_, i) => i));
  expect(epochOrder(1000, 7, 0)).toEqual(order);
  expect(epochOrder(1000, 7, 1)).not.toEqual(order);
  expect(epochOrder(1000, 8, 0)).not.toEqual(order);
  expect(epochOrder(0, 7, 0)).toHaveLength(0);
});

it('puts each index everywhere about equally often', () => {
  const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (let epoch = 0; epoch < 4000; epoch++) epochOrder(4, 1, epoch).forEach((i, at) => counts[at]![i]!++);
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150); // ± 27
});

it('is the same on every platform', () => {
  expect([...epochOrder(8, 42, 3)]).toMatchInlineSnapshot(`
    [
      3,
      1,
      6,
      4,
      7,
      2,
      5,
      0,
    ]
  `);
  expect(imageSeed(42, 3, 5)).toMatchInlineSnapshot(`-1517246885`);
});
