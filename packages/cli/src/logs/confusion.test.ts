import { expect, test } from 'vitest';
import { confusionSvg } from './confusion.ts';

test('a square for each pair of classes, darker for larger shares, names escaped', () => {
  const svg = confusionSvg({
    classes: ['<cat>', 'dog'],
    confusion: [
      [3, 1],
      [0, 0],
    ],
  });
  expect(svg.match(/<rect x/g)).toHaveLength(4);
  const opacity = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, value]) => Number(value));
  expect(opacity).toEqual([0.866, 0.5, 0, 0]);
  expect(svg).toContain('<title>&#60;cat&#62; taken for dog: 1</title>');
  expect(svg).not.toContain('<cat>');
});

test('many classes still fit', () => {
  const classes = Array.from({ length: 100 }, (_, i) => String(i));
  const svg = confusionSvg({ classes, confusion: classes.map(() => classes.map(() => 1)) });
  expect(svg.match(/<rect x/g)).toHaveLength(10_000);
  expect(svg).not.toContain('class="count"');
});
