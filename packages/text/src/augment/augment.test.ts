import { describe, expect, it } from 'vitest';
import { AUGMENTATIONS, type AugmentRates, augmentPair, joinSentences, problemsOfRates } from './augment.ts';
import { numberStyle } from './numbers.ts';
import { readSwapTable } from './table.ts';

const table = readSwapTable(['person\tTom\tTom', 'person\tÉva\tÉva', 'place\tMünchen\tMunich', 'place\tWien\tVienna']);
const style = numberStyle('de', 'en');
const pair = { source: 'Tom wohnte 1984 in München.', target: 'Tom lived in Munich in 1984.' };
const partner = () => ({ source: 'Er ist weg.', target: 'He is gone.' });
const augment = (rates: AugmentRates, seed: number) => augmentPair(pair, { rates, table, style, partner, seed });
const many = (rates: AugmentRates) => Array.from({ length: 400 }, (_, seed) => augment(rates, seed));
const changed = (rates: AugmentRates) => many(rates).filter((found) => found !== pair).length / 400;

describe('augmentPair', () => {
  it('does not change a pair without rates', () => {
    expect(changed({})).toBe(0);
  });

  it.each(AUGMENTATIONS)('makes the change %s as often as its rate says, and always at 1', (name) => {
    expect(changed({ [name]: 0.3 })).toBeGreaterThan(0.12);
    expect(changed({ [name]: 0.3 })).toBeLessThan(0.38);
    expect(many({ [name]: 1 }).filter((found) => found.source !== pair.source).length).toBeGreaterThan(200);
  });

  it('is the same for the same seed', () => {
    const rates = Object.fromEntries(AUGMENTATIONS.map((name) => [name, 0.5]));
    expect(many(rates)).toEqual(many(rates));
    expect(new Set(many(rates).map(({ source }) => source)).size).toBeGreaterThan(100);
  });

  it('draws each change from its own stream', () => {
    const capitals = (rates: AugmentRates) => many(rates).map(({ target }) => target === target.toUpperCase());
    expect(capitals({ capitals: 0.3, swap: 1, numbers: 1 })).toEqual(capitals({ capitals: 0.3 }));
  });
});

describe('joinSentences', () => {
  const first = { source: 'Es regnet.', target: 'It is raining.' };
  const low = () => 0.1;
  const high = () => 0.9;

  it('puts one sentence after another, or two', () => {
    expect(joinSentences(first, partner, high)).toEqual({
      source: 'Es regnet. Er ist weg.',
      target: 'It is raining. He is gone.',
    });
    expect(joinSentences(first, partner, low).source).toBe('Es regnet. Er ist weg. Er ist weg.');
  });

  it('joins nothing that does not end like a sentence, and no more than fits on a line', () => {
    expect(joinSentences({ source: 'Regen', target: 'Rain' }, partner, high)).toEqual({
      source: 'Regen',
      target: 'Rain',
    });
    const long = () => ({ source: `${'a'.repeat(240)}.`, target: 'A.' });
    expect(joinSentences(first, long, high)).toEqual(first);
  });
});

it('says what is wrong with rates', () => {
  expect(problemsOfRates({ swap: 0.5, join: 0 })).toEqual([]);
  expect(problemsOfRates({ names: 0.5, swap: 2, join: '1' })).toEqual([
    `names is not a rate. Rates are ${AUGMENTATIONS.join(', ')}.`,
    'rate swap must be a number from 0 to 1; got 2.',
    'rate join must be a number from 0 to 1; got "1".',
  ]);
});
