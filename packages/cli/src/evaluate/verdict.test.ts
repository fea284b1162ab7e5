import { expect, test } from 'vitest';
import { placesOf } from './image-set.ts';
import { type Judged, judge, verdictOf, worstPairs } from './verdict.ts';

test('the guess, its probability, the rank of the right class and the loss, by hand', () => {
  const logits = Float32Array.from([Math.log(1), Math.log(2), Math.log(5), Math.log(4), Math.log(4), 0].slice(0, 6));
  const [first, second] = judge(logits, [0, 1]);
  expect(first).toMatchObject({ label: 0, guess: 2, rank: 2 });
  expect(first!.probability).toBeCloseTo(5 / 8, 6);
  expect(first!.loss).toBeCloseTo(Math.log(8), 6);
  expect(second).toMatchObject({ label: 1, guess: 0, rank: 1 }); // as likely as the class before it, which is the guess
  expect(second!.loss).toBeCloseTo(Math.log(9 / 4), 6);
});

test('large logits do not overflow', () => {
  const [one] = judge(Float32Array.of(1000, 0), [1]);
  expect(one).toMatchObject({ guess: 0, probability: 1, loss: 1000 });
});

const one = (label: number, guess: number, probability: number, rank = guess === label ? 0 : 1): Judged => ({
  label,
  guess,
  probability,
  rank,
  loss: 1,
});

test('accuracy, top 5, confusion and calibration error, by hand', () => {
  const judged = [one(0, 0, 0.9), one(0, 1, 0.9), one(1, 1, 0.5), one(2, 1, 0.5, 5)];
  const verdict = verdictOf(judged, 3);
  expect(verdict).toMatchObject({ images: 4, accuracy: 0.5, top5: 0.75, loss: 1 });
  expect(verdict.confusion).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [0, 1, 0],
  ]);
  // two bins of two images: |0.9 − 0.5| and |0.5 − 0.5|, half of the images each
  expect(verdict.calibrationError).toBeCloseTo(0.2, 10);
  expect(worstPairs(verdict.confusion, 1)).toEqual([{ of: 0, taken: 1, count: 1 }]);
});

test('a model that is as sure as it is right has no calibration error', () => {
  const judged = [0, 0, 0, 1].map((label) => one(label, 0, 0.75));
  expect(verdictOf(judged, 2).calibrationError).toBeCloseTo(0, 10);
});

test('classes are found by name, or by number if one side has only numbers', () => {
  expect(placesOf('d', ['cat', 'ant'], ['ant', 'bee', 'cat'], 3)).toEqual([2, 0]);
  expect(placesOf('d', ['0', '1', '2'], ['ant', 'bee', 'cat'], 3)).toEqual([0, 1, 2]);
  expect(placesOf('d', ['ant', 'bee'], ['0', '1'], 2)).toEqual([0, 1]);
  expect(placesOf('d', ['ant', 'bee'], [], 2)).toEqual([0, 1]);
  expect(() => placesOf('d', ['ant', 'dog'], ['ant', 'bee'], 2)).toThrow(
    'does not know: dog. The model has 2: ant, bee',
  );
  expect(() => placesOf('d', ['0', '1'], ['ant', 'bee', 'cat'], 3)).toThrow('does not know');
});
