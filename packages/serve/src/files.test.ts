import { expect, test } from 'vitest';
import { makeShelf } from './files.ts';

const file = (filename: string, length: number) => ({ filename, bytes: Buffer.alloc(length) });

test('files stay for ten minutes', () => {
  let now = 0;
  const shelf = makeShelf(100, () => now);
  const id = shelf.put(file('a.md', 10));
  expect(id).toMatch(/^[0-9a-f-]{36}\.md$/);
  now = 600_000;
  expect(shelf.get(id)?.filename).toBe('a.md');
  now = 600_001;
  expect(shelf.get(id)).toBeUndefined();
});

test('the oldest make room; the newest stays only if it fits', () => {
  const shelf = makeShelf(100);
  const [a, b, c] = [shelf.put(file('a', 60)), shelf.put(file('b', 30)), shelf.put(file('c', 20))];
  expect([a, b, c].map((id) => shelf.get(id)?.filename)).toEqual([undefined, 'b', 'c']);
});
