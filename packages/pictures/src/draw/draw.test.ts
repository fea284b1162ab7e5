import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { drawSvg, openRasteriser } from '../node.ts';
import type { Picture } from '../picture.ts';
import { drawPicture } from './draw.ts';

const ABOUT = { name: 'x', title: 'A title', says: ['It says so.'] };
const share = { label: 'share', from: 0, to: 1, digits: 2 };
const WORDS = { label: 'German', names: ['Ich', 'bin', 'da'] };

const PICTURES: Record<string, Picture> = {
  heat: {
    ...ABOUT,
    kind: 'heat',
    rows: { label: 'level of a', names: ['1', '2'] },
    columns: { label: 'level of b', names: ['1', '2', '3'] },
    value: { label: 'CKA', from: -1, to: 1, digits: 2 },
    panels: [
      {
        title: 'encoder',
        values: [
          [1, 0.5, -0.25],
          [0, 0.125, 1],
        ],
      },
    ],
  },
  small: {
    ...ABOUT,
    kind: 'heat',
    rows: WORDS,
    columns: WORDS,
    value: share,
    across: 2,
    panels: [0, 1, 2].map((h) => ({
      title: `head ${h + 1}`,
      values: [
        [1, 0, 0],
        [0.5, 0.5, 0],
        [0, 0, 1],
      ],
    })),
  },
  alignment: {
    ...ABOUT,
    kind: 'alignment',
    rows: { label: 'English', names: ['I', 'am'] },
    columns: WORDS,
    value: share,
    panels: [
      {
        title: '',
        values: [
          [0.9, 0.08, 0.02],
          [0.01, 0.5, 0.49],
        ],
      },
    ],
  },
  overlay: {
    ...ABOUT,
    kind: 'overlay',
    image: { width: 2, height: 2, channels: 1, data: [0, 255, 128, 64] },
    value: share,
    panels: [
      {
        title: 'level 1',
        values: [
          [1, 0.5],
          [0, 0.25],
        ],
      },
    ],
  },
  chart: {
    ...ABOUT,
    kind: 'chart',
    x: { label: 'level' },
    y: { label: 'distance (pixels)', from: 0, to: 10, digits: 0 },
    series: [
      {
        name: 'mean',
        as: 'line',
        points: [
          [1, 4],
          [2, 8],
        ],
      },
      {
        name: 'heads',
        as: 'dots',
        points: [
          [1, 3],
          [1, 5],
          [2, Number.NaN],
          [2, 8],
        ],
      },
    ],
  },
  bars: {
    ...ABOUT,
    kind: 'bars',
    rows: { label: 'level', names: ['encoder 1', 'decoder 1'] },
    value: { label: 'length (%)', from: 0, to: 50, digits: 0 },
    series: [
      { name: 'queries', values: [10, 50] },
      { name: 'keys', values: [20, 0] },
    ],
  },
};

const parsed = (svg: string) => parseHTML(`<html><body>${svg}</body></html>`).document;
const textsOf = (svg: string) => [...parsed(svg).querySelectorAll('text')].map((text) => text.textContent);

describe.each(Object.entries(PICTURES))('%s', (_, picture) => {
  test('is one document with title and description, and refers to nothing outside', () => {
    const svg = drawSvg(picture);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain('<title>A title</title><desc>It says so.</desc>');
    expect([...svg.matchAll(/(?:href|src)="([^"]{0,20})/g)].every(([, to = '']) => to.startsWith('data:'))).toBe(true);
    expect(svg.match(/url\(|NaN|undefined|&nbsp;| style="/g)).toBeNull();
    expect(svg.match(/<style>/g)).toHaveLength(1);
    expect(drawSvg(picture, { style: false })).not.toContain('<style>');
    expect(drawSvg(picture, { title: false })).not.toContain('>A title</text>');
  });

  test('names its axes, and nothing sticks out at any width', () => {
    for (const width of [320, 460, 900]) {
      const svg = drawSvg(picture, { width });
      const [, whole] = /viewBox="0 0 (\d+) /.exec(svg) ?? [];
      expect(Number(whole)).toBe(width);
    }
    const texts = textsOf(drawSvg(picture)).join('\n');
    const labels =
      picture.kind === 'chart'
        ? [picture.x.label, picture.y.label, 'mean', 'heads']
        : picture.kind === 'overlay'
          ? [picture.value.label, 'image', 'level 1']
          : [picture.rows.label, ...(picture.kind === 'alignment' ? [] : [picture.value.label])];
    for (const label of labels) expect(texts).toContain(label);
  });

  test('becomes a PNG', async () => {
    const png = (await openRasteriser())(drawSvg(picture, { theme: 'light' }));
    expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(png.length).toBeGreaterThan(2000);
  });
});

test('a heat map: as many cells as numbers, as opaque as they are large, negative ones in another colour', () => {
  const document = parsed(drawSvg(PICTURES.heat!));
  const opacities = (name: string) =>
    [...document.querySelectorAll(`g[aria-label="cell"].${name} rect`)].map((cell) =>
      Number(cell.getAttribute('fill-opacity')),
    );
  expect(opacities('rf-fill0')).toEqual([1, 0.5, 0, 0.125, 1]);
  expect(opacities('rf-fill1')).toEqual([0.25]);
  expect(textsOf(drawSvg(PICTURES.heat!))).toEqual(
    expect.arrayContaining(['0.50', '−0.25', 'level of a', 'level of b']),
  );
});

test('an alignment: a line for each weight of 4 % or more, as thick as it is large', () => {
  const lines = [...parsed(drawSvg(PICTURES.alignment!)).querySelectorAll('.rf-ties path')];
  expect(lines.map((line) => Number(line.getAttribute('stroke-width')))).toEqual([5.9, 0.98, 3.5, 3.44]);
  expect(lines[0]?.querySelector('title')?.textContent).toBe('I → Ich: 90 %');
});

test('small maps: every head in a grid of two; an overlay: one rectangle for each patch of each panel', () => {
  const document = parsed(drawSvg(PICTURES.small!));
  expect(document.querySelectorAll('g[aria-label="cell"] rect')).toHaveLength(27);
  const over = parsed(drawSvg(PICTURES.overlay!));
  expect(over.querySelectorAll('image')).toHaveLength(2);
  expect(over.querySelectorAll('g[aria-label="rect"] rect').length).toBeGreaterThanOrEqual(4);
});

test('bars are as long as their values; dots that are not numbers are left out', () => {
  const widths = [...parsed(drawSvg(PICTURES.bars!)).querySelectorAll('.rf-bars rect')].map((bar) =>
    Number(bar.getAttribute('width')),
  );
  expect(widths[1]! / widths[0]!).toBeCloseTo(5, 5);
  expect(widths[3]).toBe(0);
  expect(parsed(drawSvg(PICTURES.chart!)).querySelectorAll('.rf-dots.rf-fill1 path')).toHaveLength(3);
});

test('words are shown as they are, in any script, and long ones end with an ellipsis', () => {
  const names = ['<b>&"x"', '日本語', 'Donaudampfschifffahrtsgesellschaftskapitän', 'a\u0001b\u00a0c'];
  const words = { label: 'words', names };
  const values = names.map(() => names.map(() => 0.5));
  const svg = drawSvg({
    ...ABOUT,
    title: 'a < b & "c"',
    kind: 'alignment',
    rows: words,
    columns: words,
    value: share,
    panels: [{ title: '', values }],
  });
  expect(svg).not.toContain('<b>');
  expect(svg).toContain('<title>a &#60; b &#38; &#34;c&#34;</title>');
  const texts = textsOf(svg);
  expect(texts).toContain('<b>&"x"');
  expect(texts).toContain('日本語');
  expect(texts.some((text) => /^Donau.*…$/.test(text ?? ''))).toBe(true);
});

test('a document is needed, and a width that can be drawn on', () => {
  expect(() => drawPicture(PICTURES.bars!)).toThrow('In Node.js, use drawSvg of @ringformer/pictures/node');
  expect(() => drawSvg(PICTURES.bars!, { width: 100 })).toThrow('expected at least 240 pixels');
});

test('words stand over the first of several panels only; titles without room are shortened, and said so', () => {
  const panels = ['a', 'b'].map((title) => ({
    title,
    values: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  }));
  const wide = { label: 'columns', names: ['Donaudampfschifffahrt', 'zwei', 'drei'] };
  const stack = { ...ABOUT, kind: 'heat' as const, rows: WORDS, columns: wide, value: share, panels };
  const found = textsOf(drawSvg(stack, { width: 260 }));
  expect(found.filter((text) => text === 'zwei')).toHaveLength(1);
  expect(found.filter((text) => text === 'bin')).toHaveLength(2);
  expect(found.filter((text) => /^[012]$/.test(text ?? ''))).toEqual([]); // the axes that Plot would draw itself
  const heads = panels.map(({ values }, h) => ({ title: `level 1, head ${h + 1}`, values }));
  const small = textsOf(drawSvg({ ...stack, panels: heads, across: 4 }, { width: 300 }));
  expect(small).toContain('L1 H2');
  expect(small).toContain('Rows: German. Columns: columns. L1 H1: level 1, head 1.');
});

/** What a strict reader of XML, such as a browser or resvg, refuses. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are they
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;

test('characters that XML cannot have become ␣ wherever they stand', async () => {
  const words = { label: 'a\u0000b', names: ['\u0001\u0002', 'x\ufffe\uffff', '\ud800', '👩‍👩‍👧', '<script>'] };
  const values = words.names.map(() => words.names.map(() => 0.5));
  const about = { ...ABOUT, title: 'bell \u0007', says: ['half \udc00'], rows: words, columns: words, value: share };
  const rasterise = await openRasteriser();
  for (const kind of ['alignment', 'heat'] as const) {
    const svg = drawSvg({ ...about, kind, panels: [{ title: '\u001f', values }] });
    expect(svg).not.toMatch(NOT_XML);
    expect(svg).toContain('␣');
    expect(svg).toContain('👩‍👩‍👧');
    expect(svg).not.toContain('<script>');
    expect(rasterise(svg).length).toBeGreaterThan(100);
  }
});

test('long names of series and long labels are shortened; more series than colours still differ', () => {
  const long = 'a-name-without-any-space-'.repeat(8);
  const points = [[1, 0.5] as const];
  const series = Array.from({ length: 8 }, (_, i) => ({
    name: i === 0 ? long : `run ${i}`,
    as: 'dots' as const,
    points,
  }));
  const chart = drawSvg({ ...ABOUT, kind: 'chart', x: { label: 'level' }, y: { ...share, label: long }, series });
  expect(chart).not.toContain(long);
  const marks = [...chart.matchAll(/<path transform="translate\([^"]*\)" d="([^"]+)" class="(rf-fill\d+)"/g)];
  const looks = marks.map(([, shape, colour]) => `${shape} ${colour}`).slice(0, 8);
  expect(new Set(looks).size).toBe(8);
  const rows = { label: 'run', names: ['a'] };
  const bars = drawSvg({
    ...ABOUT,
    kind: 'bars',
    rows,
    value: { ...share, label: long },
    series: series.map(({ name }) => ({ name, values: [0.5] })),
  });
  expect(bars).not.toContain(long);
  expect([...bars.matchAll(/rf-fill(\d+)/g)].every(([, i]) => Number(i) < 6)).toBe(true); // the dark theme has six
});

test('dots above each other: the axis stays near them', () => {
  const series = [{ name: 'a', as: 'dots' as const, points: [[0.0105, 0.5] as const] }];
  const svg = drawSvg({ ...ABOUT, kind: 'chart', x: { label: 'parameters' }, y: share, series });
  expect(svg).not.toContain('−0.');
});
