import { describe, expect, test } from 'vitest';
import { checkChoice, checkOptions, checkWhole, kindOf } from './arguments.ts';

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

  test.each<[object, string]>([
    [{ signal: 'stop' }, 'translate: signal is the text "stop"; expected an AbortSignal.'],
    [{ signal: new AbortController() }, 'signal is an AbortController; expected an AbortSignal. Pass its `signal`.'],
    [{ onProgress: 3 }, 'onProgress is the number 3; expected a function.'],
  ])('%o is refused', (given, message) => {
    const checked = () => checkOptions('[ringformer/core] translate', given, ['signal', 'onProgress']);
    expect(checked).toThrow(
      expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(message) }),
    );
  });
});

test.each<[unknown, string]>([
  ['wsam', `load: engine is the text "wsam"; did you mean 'wasm'?`],
  [null, "engine is null; expected one of 'auto', 'wasm', false."],
])('%o is none of the choices', (value, message) => {
  expect(() => checkChoice('load', 'engine', value, ['auto', 'wasm', false])).toThrow(message);
  expect(() => checkChoice('load', 'engine', false, ['auto', 'wasm', false])).not.toThrow();
});

test.each<[unknown, number | undefined, string]>([
  ['2', undefined, 'beams is the text "2"; expected a whole number of at least 1.'],
  [Number.NaN, 8, 'beams is NaN; expected a whole number from 1 to 8.'],
  [9, 8, 'from 1 to 8'],
  [Symbol('x'), 8, 'beams is the symbol Symbol(x)'],
])('%o is not a whole number in range', (value, most, message) => {
  expect(() => checkWhole('[ringformer/core]', 'beams', value, 1, most)).toThrow(message);
  expect(() => checkWhole('[ringformer/core]', 'beams', 8, 1, most)).not.toThrow();
});
