import { expect, test } from 'vitest';
import { bfloatsToFloats, floatToBfloat, floatToHalf, halfToFloat, halvesToFloats } from './half.ts';

test('binary16 bits by hand', () => {
  const cases: [number: number, bits: number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1023 * 2 ** -24, 0x03ff],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
  ];
  for (const [number, bits] of cases) {
    expect(floatToHalf(number)).toBe(bits);
    expect(halfToFloat(bits)).toBe(number);
  }
  expect(halfToFloat(0x7e00)).toBeNaN();
  expect(halfToFloat(0xfc01)).toBeNaN();
  expect(floatToHalf(Number.NaN) & 0x7fff).toBe(0x7e00);
});

test('binary16 rounds to nearest, ties to even, and overflows to infinity', () => {
  expect(floatToHalf(1 + 2 ** -11)).toBe(0x3c00); // tie, down to even
  expect(floatToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02); // tie, up to even
  expect(floatToHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
  expect(floatToHalf(65519)).toBe(0x7bff);
  expect(floatToHalf(65520)).toBe(0x7c00);
  expect(floatToHalf(2 ** -25)).toBe(0); // subnormal tie
  expect(floatToHalf(3 * 2 ** -25)).toBe(2);
  expect(floatToHalf(2 ** -25 * 1.001)).toBe(1);
  expect(floatToHalf(1023.5 * 2 ** -24)).toBe(0x0400); // up into the normal numbers
  expect(floatToHalf(1e-30)).toBe(0);
  expect(floatToHalf(1e30)).toBe(0x7c00);
});

test('every binary16 survives the trip to a number and back', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const number = halfToFloat(bits);
    if (Number.isNaN(number)) expect(floatToHalf(number) & 0x7c00).toBe(0x7c00);
    else if (floatToHalf(number) !== bits) expect.fail(`${bits} came back as ${floatToHalf(number)}`);
  }
});

test('bfloat16 rounds to nearest, ties to even', () => {
  expect(floatToBfloat(1)).toBe(0x3f80);
  expect(floatToBfloat(1 + 2 ** -8)).toBe(0x3f80); // tie, down to even
  expect(floatToBfloat(1 + 3 * 2 ** -8)).toBe(0x3f82); // tie, up to even
  expect(floatToBfloat(-1 - 2 ** -8 - 2 ** -20)).toBe(0xbf81);
  expect(floatToBfloat(3.4e38)).toBe(0x7f80);
  expect(floatToBfloat(Number.NEGATIVE_INFINITY)).toBe(0xff80);
  expect(floatToBfloat(Number.NaN) & 0x7fff).toBe(0x7fc0);
  const [fullNaN] = new Float32Array(Uint32Array.of(0x7fffffff).buffer); // rounding up would turn it into −0
  expect(floatToBfloat(fullNaN as number) & 0x7fc0).toBe(0x7fc0);
  expect(floatToBfloat(1e-40)).toBe(0x0001); // subnormal: 1e-40 / 2^-133 = 1.09
});

test('many at once give the same as one by one', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, h) => h);
  expect(halvesToFloats(all)).toEqual(Float32Array.from(all, halfToFloat));
  const bits = new Uint32Array(bfloatsToFloats(all).buffer);
  expect(bits.every((word, h) => word === h * 65536)).toBe(true);
});
