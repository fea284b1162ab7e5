import { expect, it } from 'vitest';
import { randomStream } from '../random.ts';
import { insertSpan, randomSpan } from './spans.ts';
import { readSwapTable } from './table.ts';

const table = readSwapTable(['person\tTom\tTom']);
const pair = { source: 'Tom schläft.', target: 'Tom is asleep.' };
const found = Array.from({ length: 600 }, (_, seed) => insertSpan(pair, table, randomStream(seed)));

it('puts the same span on both sides', () => {
  const shapes = new Set<string>();
  for (const { source, target } of found) {
    const rest = source.replace('schläft', 'is asleep');
    expect(rest).toBe(target);
    shapes.add(
      source === target
        ? 'alone'
        : source.startsWith('Tom')
          ? source.endsWith(' schläft.')
            ? 'same'
            : 'after'
          : 'before',
    );
  }
  expect([...shapes].sort()).toEqual(['after', 'alone', 'before']);
});

it('also replaces a name', () => {
  expect(found.filter(({ source }) => /^\S+( \S+)? schläft\.$/.test(source)).length).toBeGreaterThan(100);
});

it('makes spans of many kinds', () => {
  const spans = Array.from({ length: 500 }, (_, seed) => randomSpan(randomStream(seed)));
  for (const pattern of [/^https:\/\/\S+$/, /^\S+@\S+\.\S+$/, /^\{\w+\}$/, /^%[sdif]$/, /^`.+`$/]) {
    expect(spans.some((span) => pattern.test(span))).toBe(true);
  }
  expect(new Set(spans).size).toBeGreaterThan(400);
});
