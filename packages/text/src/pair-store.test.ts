import fc from 'fast-check';
import { expect, it } from 'vitest';
import { storePairs } from './pair-store.ts';

it('returns every pair', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ source: text, target: text })), async (pairs) => {
      async function* all() {
        yield* pairs;
      }
      const store = await storePairs(all());
      expect(Array.from({ length: store.length }, (_, i) => store.pair(i))).toEqual(pairs);
    }),
  );
});

it('grows', async () => {
  async function* many() {
    for (let i = 0; i < 5000; i++) yield { source: `Zeile ${i} ${'ü'.repeat(i % 50)}`, target: '' };
  }
  const store = await storePairs(many());
  expect(store.pair(4999)).toEqual({ source: `Zeile 4999 ${'ü'.repeat(49)}`, target: '' });
});
