import { expect, it } from 'vitest';

const long = (change?: number) => Float32Array.from({ length: 100_000 }, (_, i) => (i === 70_000 ? (change ?? i) : i));

it.each<[string, unknown, unknown]>([
  ['typed arrays', long(), long()],
  ['views into memories', new Uint8Array([0, 1, 2, 3]).subarray(1, 3), new Uint8Array([1, 2])],
  ['NaN', Float64Array.of(Number.NaN), Float64Array.of(Number.NaN)],
  [
    'NaN with other bits',
    new Float32Array(Uint32Array.of(0x7fc00000).buffer),
    new Float32Array(Uint32Array.of(0x7fc00001).buffer),
  ],
  ['arrays', [1, 'a', Number.NaN], [1, 'a', Number.NaN]],
  ['what is inside', [{ data: long(), shape: [1, [2]] }], [{ data: long(), shape: [1, [2]] }]],
  ['nothing', [], []],
  ['what a matcher accepts', [1, 2], [1, expect.any(Number)]],
])('equal: %s', (_, a, b) => {
  expect(a).toEqual(b);
});

it.each<[string, unknown, unknown]>([
  ['one number', long(), long(1)],
  ['the sign of zero', Float32Array.of(0), Float32Array.of(-0)],
  ['the kind', Uint8Array.of(1), Int8Array.of(1)],
  ['the length', Uint8Array.of(1), Uint8Array.of(1, 0)],
  ['the bits of another kind', Float32Array.of(1), Uint32Array.of(0x3f800000)],
  ['an array', [1, 2], [1, 3]],
  ['a sign in an array', [0], [-0]],
  ['text and number', ['1'], [1]],
  ['a typed array and an array', Uint8Array.of(1), [1]],
])('different: %s', (_, a, b) => {
  expect(a).not.toEqual(b);
});
