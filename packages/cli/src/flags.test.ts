import { expect, test } from 'vitest';
import { choice, everyValue, normalise, number, scan, toggle } from './flags.ts';

const defs = {
  'text…': { type: 'positional', required: false },
  file: { type: 'string', alias: 'f', repeatable: true },
  beam: number('width', { min: 1, max: 8, whole: true, default: '4', also: 'beams' }),
  shift: number('any number'),
  backend: choice('where', ['wasm', 'cpu'], 'wasm'),
  json: toggle('JSON'),
} as const;

test('every spelling of a flag is normalised to one', () => {
  const scanned = scan(['a', '-f', 'x', '--beam', '3', '--json', '--file=y=z', '--', '--beam', '-'], defs);
  expect(scanned.positionals).toEqual(['a', '--beam', '-']);
  expect(everyValue(scanned, 'file')).toEqual(['x', 'y=z']);
  expect(normalise(scanned)).toEqual(['--file=x', '--beam=3', '--json', '--file=y=z', '--', 'a', '--beam', '-']);
});

test('a flag with two words', () => {
  expect(normalise(scan(['--beams', '3'], defs))).toEqual(['--beam=3']);
  expect(() => scan(['--beams', '3', '--beam', '3'], defs)).toThrow('--beam is given twice');
  expect(() => scan(['--beams=9'], defs)).toThrow("--beams is '9'; expected a whole number");
});

test('a lone dash is a word or a value, a negative number a value', () => {
  expect(scan(['-'], defs).positionals).toEqual(['-']);
  expect(everyValue(scan(['-f', '-'], defs), 'file')).toEqual(['-']);
  expect(scan(['--shift', '-1.5e-3'], defs).flags).toEqual([{ name: 'shift', value: '-1.5e-3' }]);
});

test.for(['1', '8', '+3'])('--beam %s is a number in range', (value) => {
  expect(scan(['--beam', value], defs).flags).toHaveLength(1);
});

test.for(['0', '9', '1e99', '0x4', '4 ', '', 'NaN', '1_0', '2.5'])('--beam=%s is refused', (value) => {
  expect(() => scan([`--beam=${value}`], defs)).toThrow(/--beam/);
});

test.for(['--bem', '-b', '--no-json', '--jsno', '--', '---'])(
  '%s is not a flag of the command, or not a flag at all',
  (flag) => {
    if (flag === '--') expect(scan([flag], defs).flags).toEqual([]);
    else expect(() => scan([flag, '3'], defs)).toThrow(/Unknown flag/);
  },
);

test('a missing value is not taken from the next flag', () => {
  expect(() => scan(['--file', '--json'], defs)).toThrow(/--file needs a value/);
  expect(() => scan(['--json', '--beam'], defs)).toThrow(/--beam needs a value: --beam=<N>/);
});
