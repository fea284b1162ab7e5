import { createHash } from 'node:crypto';
import { parse } from 'parse5';
import { expect, test } from 'vitest';
import { drawSvg } from '../node.ts';
import type { Picture } from '../picture.ts';
import { ckaPicture } from '../subjects/cka.ts';
import { signalsPicture } from '../subjects/signals.ts';
import { htmlReport } from './report.ts';

const strength = { query: 0.1, key: 0.31, value: 0.2, ffn: 0.05 };
const PICTURES: Picture[] = [
  ckaPicture(
    [
      [1, 0.5],
      [0.5, 1],
    ],
    { side: 'encoder', models: ['a <model> & "more"'] },
  ),
  signalsPicture([{ name: 'encoder 1', strength }]),
];
const drawn = PICTURES.map((picture) => ({ picture, svg: drawSvg(picture, { title: false, style: false }) }));
const report = () =>
  htmlReport({
    title: 'Inside <it>',
    lead: ['One & all.'],
    facts: [['Model', '“a” <b>']],
    sections: [{ title: 'All', says: 'Everything.', drawn }],
  });

test('valid HTML: no error of the parser, no identifier twice, every link to a part of the page has its target', async () => {
  const html = await report();
  const errors: string[] = [];
  parse(html, { onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`) });
  expect(errors).toEqual([]);
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, to] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(to);
  for (const [, to] of html.matchAll(/aria-labelledby="([^"]+)"/g)) expect(ids).toContain(to);
});

test('nothing is loaded: no script, no address outside, no style but the one that the policy names', async () => {
  const html = await report();
  expect(html.match(/<script|<link|<iframe|@import|url\(| on\w+="| style="/g)).toBeNull();
  const addresses = [...html.matchAll(/(?:href|src)="([^"#]{1,30})/g)].map(([, to = '']) => to);
  expect(addresses.every((to) => to.startsWith('data:'))).toBe(true);
  const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
  expect(styles).toHaveLength(1);
  const digest = createHash('sha256').update(styles[0]!).digest('base64');
  expect(html).toContain(`default-src 'none'; style-src 'sha256-${digest}'`);
});

test('each picture has its sentences, its numbers as a table, and the JSON that was drawn', async () => {
  const html = await report();
  const saved = [...html.matchAll(/download="([^"]+)" href="data:application\/json;base64,([^"]+)"/g)];
  expect(saved.map(([, name]) => name)).toEqual(['cka-encoder.json', 'signals.json']);
  expect(saved.map(([, , data = '']) => JSON.parse(Buffer.from(data, 'base64').toString()))).toEqual(PICTURES);
  expect(html).toContain('Level 1 of the encoder adds 31 % to the keys');
  expect(html).toContain('<th scope="row">encoder 1</th><td>10</td><td>31</td><td>20</td><td>5</td>');
  expect(html).toContain('<h1>Inside &#60;it&#62;</h1>');
});

test('two pictures of one name are refused', async () => {
  const sections = [{ title: 'a', says: 'b', drawn: [drawn[0]!, drawn[0]!] }];
  await expect(htmlReport({ title: 'x', lead: [], facts: [], sections })).rejects.toThrow(
    'Two pictures are called cka-encoder',
  );
});
