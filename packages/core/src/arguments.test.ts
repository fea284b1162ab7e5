import { describe, expect, test } from 'vitest';
import { checkOptions, kindOf } from './arguments.ts';

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [3, 'the number 3'],
  ['x'.repeat(50), `the text "${'x'.repeat(40)}…"`],
  [[1], 'an array'],
  [Promise.resolve(), 'a promise (is an await missing?)'],
  [{ a: 1, b: 2 }, 'an object with a, b'],
  [{}, 'an object with no fields'],
  [Object.create(null), 'an object with no fields'],
  [new Uint8Array(2), 'an Uint8Array'],
  [() => 1, 'a function'],
])('%o', (value, said) => expect(kindOf(value)).toBe(said));

describe('options', () => {
  const check = (given: unknown) => () => checkOptions('[ringformer/core] translate', given, ['beams', 'signal']);

  test('known ones, none and undefined ones pass', () => {
    for (const given of [undefined, {}, { beams: 1 }, { typo: undefined }]) expect(check(given)).not.toThrow();
  });

  test('an unknown one is named with the closest known one, or with all known ones', () => {
    expect(check({ beam: 4 })).toThrow("[ringformer/core] translate: unknown option 'beam'. Did you mean 'beams'?");
    expect(check({ colour: 4 })).toThrow("unknown option 'colour'. Expected one of beams, signal.");
    expect(check({ beam: 4 })).toThrow(expect.objectContaining({ code: 'bad-argument' }));
  });

  test('what is not an object is refused', () => {
    expect(check(4)).toThrow('expected options as an object, for example { beams: … }, got the number 4');
    expect(check([4])).toThrow('got an array');
  });
});
