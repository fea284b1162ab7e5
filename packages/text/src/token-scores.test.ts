import { expect, it } from 'vitest';
import golden from '../test/goldens/token-scores.json' with { type: 'json' };
import { tokenBleu, tokenNist } from './token-scores.ts';

const split = (lines: string[]) => lines.map((line) => line.split(' '));
const hypotheses = split(golden.hypotheses);
const references = split(golden.references);

it('computes the BLEU and NIST that the authors print (NLTK)', () => {
  expect(tokenBleu(hypotheses, references, 2)).toBeCloseTo(golden.bleu2, 12);
  expect(tokenBleu(hypotheses, references)).toBeCloseTo(golden.bleu4, 12);
  expect(tokenNist(hypotheses, references, 2)).toBeCloseTo(golden.nist2, 12);
  expect(tokenNist(hypotheses, references, 4)).toBeCloseTo(golden.nist4, 12);
});

it('halves a zero precision again for each order', () => {
  expect(tokenBleu(split(['a b x d y']), split(['a b c d e']))).toBeCloseTo(0.23643540225079396, 12);
  // 3 of 5, 1 of 4, 1/2 of 3, 1/4 of 2
  expect(0.23643540225079396).toBeCloseTo(((3 / 5) * (1 / 4) * (1 / 6) * (1 / 8)) ** (1 / 4), 12);
});

it('counts one n-gram in a sentence too short for any, as NLTK does', () => {
  const score = tokenBleu(split(['a', 'a b c d e']), split(['a', 'a b c d f']));
  expect(score).toBeCloseTo(((5 / 6) * (3 / 5) * (2 / 4) * (1 / 3)) ** (1 / 4), 12);
});

it('gives 0 if nothing is right, or nothing was said', () => {
  expect(tokenBleu([['x']], [['a']])).toBe(0);
  expect(tokenBleu([[]], [['a']])).toBe(0);
  expect(tokenNist([['x']], [['a']])).toBe(0);
  expect(tokenNist([[]], [['a']])).toBe(0);
});

it('refuses texts that differ in number', () => {
  expect(() => tokenBleu([['a']], [])).toThrow('There are 1 hypotheses and 0 references');
});
