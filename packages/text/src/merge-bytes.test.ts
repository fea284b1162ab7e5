import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type MergeTable, mergeIds } from './merge-bytes.ts';

/** Merges one pair at a time as the definition says: of all pairs the lowest rank, of equals the leftmost. */
function mergePlainly({ ranks, merged, size }: MergeTable, ids: readonly number[]): number[] {
  const pairs = ids.slice(1).map((right, i) => ({ i, rank: ranks.get(ids[i]! * size + right) ?? Infinity }));
  const best = pairs.sort((a, b) => a.rank - b.rank || a.i - b.i)[0];
  if (best === undefined || best.rank === Infinity) return [...ids];
  return mergePlainly({ ranks, merged, size }, [...ids.slice(0, best.i), merged[best.rank]!, ...ids.slice(best.i + 2)]);
}

/** Tables over the letters 0 to 2, each merge of any two ids so far; the rank of a merge need not follow from its parts'. */
const table = fc
  .tuple(fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12, size: 'max' }), fc.nat(1000))
  .map(([picks, turn]): MergeTable => {
    const size = 3 + picks.length;
    const keys = [...new Set(picks.map(([a, b], i) => (a % (3 + i)) * size + (b % (3 + i))))];
    const rotated = keys.map((_, i) => (i + turn) % keys.length);
    return {
      size,
      ranks: new Map(keys.map((key, i) => [key, rotated[i]!])),
      merged: Int32Array.from(keys, (_, rank) => 3 + rotated.indexOf(rank)),
    };
  });

it.each([
  ['short', 0, 48],
  ['long', 49, 150],
])('merges %s pieces as the definition says', (_, minLength, maxLength) => {
  const ids = fc.array(fc.nat(2), { minLength, maxLength, size: 'max' });
  fc.assert(
    fc.property(table, ids, (table, ids) => {
      expect(mergeIds(table, ids)).toEqual(mergePlainly(table, ids));
    }),
    { numRuns: 100 },
  );
});

it('merges a long piece without a break', () => {
  const table: MergeTable = {
    size: 4,
    ranks: new Map([
      [0, 0],
      [3 * 4 + 3, 1],
    ]),
    merged: Int32Array.of(3, 2),
  };
  expect(mergeIds(table, new Array(2 ** 17).fill(0))).toEqual(new Array(2 ** 15).fill(2));
});
