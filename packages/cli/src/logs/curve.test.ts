import { describe, expect, it } from 'vitest';
import { lossCurveSvg } from './curve.ts';
import type { Point } from './points.ts';

/** The coordinates of the line of a kind. */
function drawn(svg: string, kind: string): number[][] {
  const path = new RegExp(`<path class="line ${kind}" d="M([^"HhVv]*)"`).exec(svg)?.[1];
  return path?.split('L').map((pair) => pair.split(' ').map(Number)) ?? [];
}

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);

describe('lossCurveSvg', () => {
  it('draws values at the height that the ticks show', () => {
    const svg = lossCurveSvg({
      title: 't',
      train: [
        [0, 2],
        [50, 4],
        [100, 6],
      ],
    });
    // steps 0…100 over x 60…772, losses 2…6 over y 402…84
    expect(drawn(svg, 'train')).toEqual([
      [60, 402],
      [416, 243],
      [772, 84],
    ]);
    expect(svg).toContain('<text class="end" x="52" y="406">2</text>');
    expect(svg).toContain('<text class="end" x="52" y="88">6</text>');
    expect(svg).toContain('<text class="middle" x="344.8" y="422">40</text>');
    expect(texts(svg)).toEqual(expect.arrayContaining(['t', 'loss', 'step', 'train ']));
    expect(texts(svg)).not.toContain('BLEU');
    expect(svg).toContain('<tspan class="value">6.000</tspan>');
  });

  it('gives BLEU its own axis, from zero', () => {
    const svg = lossCurveSvg({
      title: 't',
      train: [
        [0, 2],
        [100, 6],
      ],
      valid: [
        [50, 3],
        [100, 4],
      ],
      score: {
        name: 'BLEU',
        points: [
          [50, 10],
          [100, 40],
        ],
      },
    });
    expect(drawn(svg, 'valid')).toEqual([
      [400, 322.5],
      [740, 243],
    ]);
    expect(drawn(svg, 'score')).toEqual([
      [400, 322.5],
      [740, 84],
    ]);
    expect(svg).toContain('<text class="score-text" x="748" y="88">40</text>');
    expect(svg.match(/class="mark valid"/g)).toHaveLength(3); // one of them in the legend
  });

  it('draws at most 2000 points of a long run, spikes among them, within the picture', () => {
    const train: Point[] = Array.from({ length: 100_000 }, (_, i) => [i, 3 + (i % 7) / 10 + (i === 70_000 ? 50 : 0)]);
    const svg = lossCurveSvg({ title: 't', train, valid: train, score: { name: 'BLEU', points: train } });
    const raw = drawn(svg, 'train raw');
    const all = ['train', 'valid', 'score'].flatMap((kind) => drawn(svg, kind));
    expect(raw.length + all.length).toBeLessThanOrEqual(2000);
    expect(raw.length).toBeGreaterThan(500);
    expect(drawn(svg, 'train').every(([x, y]) => x! >= 60 && x! <= 740 && y! >= 84 && y! <= 402)).toBe(true);
    expect(svg.length).toBeLessThan(60_000);
  });

  it('lets a rare spike leave the picture rather than flatten the rest', () => {
    const train: Point[] = Array.from({ length: 1000 }, (_, i) => [i, i === 700 ? 50 : i % 2]);
    const heights = drawn(lossCurveSvg({ title: 't', train }), 'train raw').map(([, y]) => y!);
    expect(Math.min(...heights)).toBeLessThan(-1000);
    expect(Math.max(...heights)).toBe(402);
  });

  it.each<[string, readonly Point[], readonly Point[]]>([
    ['no points', [], []],
    ['one point', [[7, 3]], [[7, 0]]],
    [
      'equal values',
      [
        [1, 0],
        [2, 0],
      ],
      [[2, 0]],
    ],
    [
      'a run that diverged',
      [
        [1, 9],
        [2, Number.NaN],
        [3, Number.POSITIVE_INFINITY],
        [4, 1e30],
      ],
      [[4, Number.NaN]],
    ],
  ])('draws %s without NaN or infinity', (_, train, bleu) => {
    const svg = lossCurveSvg({ title: 't', train, score: { name: 'BLEU', points: bleu } });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.match(/<text/g)!.length).toBe(svg.match(/<\/text>/g)!.length);
  });

  it('says so if nothing was measured', () => {
    expect(texts(lossCurveSvg({ title: 't', train: [] }))).toContain('nothing measured yet');
  });

  it('is self-contained: nothing from outside, no script, the title escaped, light and dark', () => {
    const svg = lossCurveSvg({ title: `a <script> & "b" ${'long '.repeat(20)}`, train: [[1, 1]] });
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|@import|<script/);
    expect(svg).toContain('<title>a &#60;script&#62; &#38; &#34;b&#34; long long');
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});
