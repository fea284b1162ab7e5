import { describe, expect, test } from 'vitest';
import { type Found, unlessBabble, withBrokenLast, withNumbersFirst } from './choose.ts';
import { isBabble, isOneWord } from './one-word.ts';

test.each(['Hallo', 'Tschüss', 'Hilfe!', '„Danke“', 'Wirklich?!', 'E-Mail', "geht's", 'Straße.', '(Haus)'])(
  'one word: %s',
  (text) => expect(isOneWord(text)).toBe(true),
);

test.each(['Hallo Welt', '12', 'A4 und', '', '...', 'Ja, bitte', '3D'])('not one word: %s', (text) =>
  expect(isOneWord(text)).toBe(false),
);

describe('case text/06: babble of the model as it was, with its confidence', () => {
  test.each([
    ['Hallo', 'Hadoooooooo.', 0.5],
    ['Danke', 'Thank you for coming.', 0.61],
    ['Ja', 'Yeseses.', 0.5],
    ['Tschüss', 'Turns kissing.', 0.28],
    ['Haus', 'The house is house.', 0.35],
    ['Berlin', 'Clinininin.', 0.45],
    ['Wasser', 'Watch water.', 0.39],
    ['Italienisch', 'Italianian is Italy.', 0.51],
    ['Montag', 'Monday is Mondaying Monday.', 0.69],
    ['Russisch', 'Russianian.', 0.5],
    ['Hello', '', 0.9],
  ])('%s → %s', (source, translation, confidence) => {
    expect(isBabble(source, translation, confidence)).toBe(true);
  });

  test.each([
    ['Hallo', 'Hello.', 0.7],
    ['Danke', 'Thank you.', 0.6],
    ['Hilfe!', 'Help!', 0.304],
    ['Raus!', 'Get out!', 0.44],
    ['Entschuldigung.', 'Excuse me.', 0.77],
    ['Danke!', 'Thank you very much.', 0.5],
    ['erinnern', 'remember', 0.7],
    ['Fahrkartenautomat', 'ticket vending machine', 0.5],
    ['Banane', 'banana', 0.8],
    ['gern', 'with pleasure', 0.5],
    ['shipping', 'Schifffahrt', 0.5],
    ['against', 'gegen', 0.5],
    ['parrot', 'Papagei', 0.5],
  ])('a translation stays: %s → %s', (source, translation, confidence) => {
    expect(isBabble(source, translation, confidence)).toBe(false);
  });
});

const found = (text: string, confidence: number): Found => ({
  text,
  hypothesis: { tokens: [], score: 0, logProb: Math.log(confidence), length: 1 },
});

test('of several translations of a word, the first that is no babble counts', () => {
  const list = [found('Russianian.', 0.5), found('Russian.', 0.46), found('Rus.', 0.45)];
  expect(unlessBabble('Russisch', list)?.text).toBe('Russian.');
  expect(unlessBabble('Russisch', list.slice(0, 1))).toBeUndefined();
  expect(unlessBabble('Er spricht', list)?.text).toBe('Russianian.');
});

describe('the translation with the right numbers goes first', () => {
  const order = (source: string, list: Found[]) => withNumbersFirst(source, list).map(({ text }) => text);

  test('if it is at least half as confident as the best', () => {
    const list = [found('At 5.', 0.8), found('At five.', 0.7), found('At 15.', 0.4)];
    expect(order('Um 15 Uhr.', list)).toEqual(['At 15.', 'At 5.', 'At five.']);
    expect(order('Um 15 Uhr.', [list[0]!, found('At 15.', 0.39)])).toEqual(['At 5.', 'At 15.']);
  });

  test('and not if the best one has them, if none has, or if there are no numbers', () => {
    const list = [found('It costs 1,000.50.', 0.8), found('1.000,50 euros.', 0.7)];
    expect(order('Es kostet 1.000,50 Euro.', list)[0]).toBe('It costs 1,000.50.');
    expect(order('Es kostet 7 Euro.', list)[0]).toBe('It costs 1,000.50.');
    expect(order('Es regnet.', [found('It rains.', 0.5), found('Rain.', 0.4)])[0]).toBe('It rains.');
  });

  test('a number that the source does not have is wrong too', () => {
    expect(order('Es regnet.', [found('It rains 3.', 0.5), found('It rains.', 0.4)])[0]).toBe('It rains.');
  });
});

test('what is no text comes last, unless the source has such too', () => {
  const found = ['Mo\ufffdDo', 'Mo-Do', 'Mo\ufffd', 'Mo'].map((text) => ({ text }) as Found);
  const texts = (source: string) => withBrokenLast(source, found).map(({ text }) => text);
  expect(texts('Mo–Do')).toEqual(['Mo-Do', 'Mo', 'Mo\ufffdDo', 'Mo\ufffd']);
  expect(texts('Mo\ufffdDo')).toEqual(['Mo\ufffdDo', 'Mo-Do', 'Mo\ufffd', 'Mo']);
});
