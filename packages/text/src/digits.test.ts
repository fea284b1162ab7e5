import { expect, test } from 'vitest';
import { digitGroups, sameDigits } from './digits.ts';

test.each([
  ['Um 14:35 Uhr von Gleis 7.', ['14', '35', '7']],
  ['Das kostet 1.000,50 Euro.', ['1000', '50']],
  ['It costs 1,000.50 euros.', ['1000', '50']],
  ['1 234 567 und 1’234’567', ['1234567', '1234567']],
  ['12.345.678', ['12345678']],
  ['am 03.05.2020', ['2020', '3', '5']],
  ['on 5/3/2020', ['2020', '3', '5']],
  ['0,5 und 0.05', ['0', '0', '5', '5']],
  ['192.168.0.1', ['0', '1', '168', '192']],
  ['Kapitel 10 1000', ['10', '1000']],
  ['im Jahr 2015 300 Leute', ['2015', '300']],
  ['1.5000', ['1', '5000']],
  ['A4, B2B und 3D', ['2', '3', '4']],
  ['keine Zahl', []],
])('%s', (text, groups) => {
  expect(digitGroups(text)).toEqual(groups);
});

test('the same numbers in another order, but not more or fewer of them', () => {
  expect(sameDigits('Am 3. Mai 2020', 'On May 3, 2020')).toBe(true);
  expect(sameDigits('3 und 3', '3 and 4')).toBe(false);
  expect(sameDigits('3 und 3', '3')).toBe(false);
  expect(sameDigits('drei', 'three')).toBe(true);
});
