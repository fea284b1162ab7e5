import { expect, test } from 'vitest';
import { type AttentionMap, attentionDistance, keptMass, rollout, rolloutMask, tokenDistance } from './attention.ts';
import { golden, goldens } from './goldens.ts';

/** Item i of a list of maps. */
const item = (name: string, i: number): AttentionMap => {
  const { shape, data } = golden<[number, number, number, number]>(name);
  const [, h, n, m] = shape;
  return { shape: [h, n, m], data: data.subarray(i * h * n * m, (i + 1) * h * n * m) };
};

test('mean attention distance as the reference computes it', () => {
  const { patch_size, per_image_head } = goldens.mean_attention_distance;
  per_image_head.forEach((expected: number[], image: number) => {
    attentionDistance(item('mad.attn', image), patch_size).forEach((found, head) => {
      expect(found).toBeCloseTo(expected[head]!, 4);
    });
  });
});

test('distances by hand', () => {
  // 2 × 2 patches of 8 pixels after a class token
  const looks = (to: (i: number) => number): AttentionMap => ({
    shape: [1, 5, 5],
    data: Array.from({ length: 25 }, (_, at) => (to(Math.floor(at / 5)) === at % 5 ? 1 : 0)),
  });
  expect(
    attentionDistance(
      looks((i) => i),
      8,
    ),
  ).toEqual([0]); // at itself
  expect(
    attentionDistance(
      looks((i) => (i === 0 ? 0 : 5 - i)),
      8,
    ),
  ).toEqual([8 * Math.SQRT2]); // at the opposite corner
  expect(
    attentionDistance(
      looks((i) => ((i - 1) ^ 1) + 1),
      8,
    ),
  ).toEqual([8]); // at its neighbour in the row
  expect(
    attentionDistance(
      looks(() => 0),
      8,
    ),
  ).toEqual([0]); // at the class token, which has no place
  expect(() => attentionDistance({ shape: [1, 6, 6], data: new Float32Array(36) }, 8)).toThrow('got [1,6,6]');
});

test('rollout as the reference computes it', () => {
  const levels = [0, 1, 2].map((i) => item('rollout.attn', i));
  const mask = rolloutMask(levels);
  expect(mask.shape).toEqual([4, 4]);
  golden('rollout.mask').data.forEach((expected, at) => {
    expect(mask.data[at]).toBeCloseTo(expected, 5);
  });
  const { data } = rollout(levels);
  for (let i = 0; i < 17; i++) expect(data.slice(17 * i, 17 * i + 17).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  expect(() => rollout([])).toThrow('at least one level');
});

test('the largest weights that hold 60 % of the mass', () => {
  const { shape, data } = golden<[number, number]>('heat.cls_attn');
  const kept = golden('heat.kept').data;
  for (let head = 0; head < shape[0]; head++) {
    expect(Array.from(keptMass(data.subarray(16 * head, 16 * head + 16)))).toEqual(
      Array.from(kept.subarray(16 * head, 16 * head + 16)),
    );
  }
  expect(Array.from(keptMass([0.1, 0.5, 0.4], 0.8))).toEqual([0, 1, 1]);
  expect(Array.from(keptMass([0.1, 0.5, 0.4], 0.01))).toEqual([0, 1, 0]);
});

test('distance in tokens, by hand: a head that stays, one that looks at the first, one that looks everywhere', () => {
  const stays = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const first = [1, 0, 0, 1, 0, 0, 1, 0, 0];
  const even = Array(9).fill(1 / 3);
  const found = tokenDistance({ shape: [3, 3, 3], data: [...stays, ...first, ...even] });
  expect(found[0]).toBe(0);
  expect(found[1]).toBe(1); // (0 + 1 + 2) / 3
  expect(found[2]).toBeCloseTo(8 / 9, 12);
  expect(() => tokenDistance({ shape: [1, 2, 3], data: Array(6).fill(0) })).toThrow('of a sentence to itself');
});
