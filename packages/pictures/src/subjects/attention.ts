import type { Alignment, HeatMap, Overlay, Panel } from '../picture.ts';
import { type Weights, type Word, weightsBetween } from '../words.ts';
import { largest, percent } from './parts.ts';

export type Sides = {
  readonly name: string;
  readonly title: string;
  readonly rows: SideWords;
  readonly columns: SideWords;
};
type SideWords = { readonly label: string; readonly words: readonly Word[] };

const MARKS = '▶ and ■ are the start and the end of the sentence.';
const SHARE = { label: 'attention (share of the row)', from: 0, to: 1, digits: 2 } as const;
const texts = (words: readonly Word[]) => words.map(({ text }) => text);

/** Every head of every level as a small map. maps: by level [heads n m]. */
export function headsPicture(maps: readonly Weights[], { name, title, rows, columns }: Sides): HeatMap {
  const panels = maps.flatMap((map, i) =>
    Array.from({ length: map.shape[0] }, (_, h) => ({
      title: `level ${i + 1}, head ${h + 1}`,
      values: weightsBetween(map, rows.words, columns.words, h),
    })),
  );
  const sharp = panels.map(({ values }) => values.reduce((sum, row) => sum + Math.max(...row), 0) / values.length);
  const sharpest = sharp.indexOf(Math.max(...sharp));
  return {
    kind: 'heat',
    name,
    title,
    says: [
      `Each square is one head. The sharpest is that of ${panels[sharpest]?.title}: it gives ${percent(sharp[sharpest] ?? 0)} of its attention to a single word, on average.`,
      `In a ring, all levels use the same projections; what makes them look elsewhere is their input, their norms and their signals. ${MARKS}`,
    ],
    paper: 'level signals change what is looked at: queries are W·x + sᵢ(x) in level i, and keys and values alike.',
    rows: { label: rows.label, names: texts(rows.words) },
    columns: { label: columns.label, names: texts(columns.words) },
    value: SHARE,
    panels,
    across: 4,
  };
}

/** Which words of one side a word of the other looks at: one panel for each map, its heads averaged (or only `head`). */
export function alignmentPicture(
  maps: readonly (Weights & { readonly title: string })[],
  { name, title, rows, columns }: Sides,
  head?: number,
): Alignment {
  const panels = maps.map((map) => ({
    title: map.title,
    values: weightsBetween(map, rows.words, columns.words, head),
  }));
  const last = panels.at(-1)?.values ?? [[0]];
  const content = last.filter((_, i) => !/[▶■]/.test(rows.words[i]?.text ?? ''));
  const [i, j] = largest(content.length > 0 ? content : last);
  const at = last.indexOf((content.length > 0 ? content : last)[i]!);
  return {
    kind: 'alignment',
    name,
    title,
    says: [
      `Lines join each ${rows.label} word with the ${columns.label} words that it looked at; the thicker, the more. In ${panels.at(-1)?.title}, “${rows.words[at]?.text}” gives ${percent(last[at]?.[j] ?? 0)} of its attention to “${columns.words[j]?.text}”.`,
      `Attention under 4 % is not drawn. ${MARKS}`,
    ],
    paper: 'all levels of the decoder share the cross-attention, and no signal is added to it.',
    rows: { label: rows.label, names: texts(rows.words) },
    columns: { label: columns.label, names: texts(columns.words) },
    value: SHARE,
    panels,
  };
}

/** What reached each word from each other through all levels. reached: [n n] of tokens, as `rollout` of @ringformer/analysis gives it. */
export function rolloutPicture(
  reached: { readonly shape: readonly [number, number]; readonly data: ArrayLike<number> },
  { name, title, rows, columns }: Sides,
): HeatMap {
  const map: Weights = { shape: [1, ...reached.shape], data: reached.data };
  const values = weightsBetween(map, rows.words, columns.words);
  const own = values.map((row, i) => row[i] ?? 0);
  const keeps = own.reduce((sum, x) => sum + x, 0) / own.length;
  const most = Math.max(...values.flat());
  return {
    kind: 'heat',
    name,
    title,
    says: [
      `Rollout multiplies the attention of all levels, so it shows from which words the encoder’s output has its information: ${percent(keeps)} of a word stays in its own place on average.`,
      'It counts attention only, not what the feed-forward network does with it.',
    ],
    paper: 'the authors’ code has the same rollout (Abnar and Zuidema, 2020).',
    rows: { label: rows.label, names: texts(rows.words) },
    columns: { label: columns.label, names: texts(columns.words) },
    value: {
      label: 'share of what reached the word',
      from: 0,
      to: Math.max(0.1, Math.ceil(10 * most) / 10),
      digits: 2,
    },
    panels: [{ title: '', values }],
  };
}

export type ImageOf = Pick<Overlay, 'image'> & { readonly name: string; readonly title: string };

const PATCHES = { label: 'attention (share of the strongest patch)', from: 0, to: 1, digits: 2 } as const;

/** Where the class token looks, level by level, heads averaged. maps: by level [heads 1+g² 1+g²]. */
export function classTokenPicture(maps: readonly Weights[], { name, title, image }: ImageOf): Overlay {
  const rows = maps.map((map) => classRow(map));
  const own = rows.at(-1)?.[0] ?? 0;
  return {
    kind: 'overlay',
    name,
    title,
    image,
    says: [
      'The class token collects what the answer needs; the redder a patch, the more it looks there.',
      `In the last level it gives ${percent(1 - own)} of its attention to patches and ${percent(own)} to itself.`,
    ],
    paper: 'level signals change what is looked at: queries are W·x + sᵢ(x) in level i, and keys and values alike.',
    value: PATCHES,
    panels: rows.map((row, i) => ({ title: `level ${i + 1}`, values: gridOf(row.slice(1)) })),
  };
}

/** The same for each head of one level. */
export function imageHeadsPicture(map: Weights, level: number, { name, title, image }: ImageOf): Overlay {
  const heads = Array.from({ length: map.shape[0] }, (_, h) => classRow(map, h).slice(1));
  const [strongest] = largest(heads);
  return {
    kind: 'overlay',
    name,
    title,
    image,
    says: [
      heads.length > 1
        ? `Each head of level ${level + 1} looks at something else: head ${strongest + 1} is the most certain, with ${percent(Math.max(...heads[strongest]!))} of its attention on one patch.`
        : `The only head of level ${level + 1} gives ${percent(Math.max(...heads[strongest]!))} of its attention to one patch.`,
      'An even red means that a head looks everywhere.',
    ],
    value: PATCHES,
    panels: heads.map((row, h) => ({ title: `head ${h + 1}`, values: gridOf(row) })),
  };
}

/** What reached the class token through all levels. reached: [1+g² 1+g²]. */
export function imageRolloutPicture(
  reached: { readonly shape: readonly [number, number]; readonly data: ArrayLike<number> },
  { name, title, image }: ImageOf,
): Overlay {
  const row = classRow({ shape: [1, ...reached.shape], data: reached.data }).slice(1);
  const ordered = [...row].sort((a, b) => b - a);
  const total = ordered.reduce((sum, x) => sum + x, 0);
  let [count, sum] = [0, 0];
  while (sum < total / 2 && count < ordered.length) sum += ordered[count++]!;
  return {
    kind: 'overlay',
    name,
    title,
    image,
    says: [
      `Rollout follows attention through all levels back to the patches: ${count} of ${row.length} patches give the class token half of what it has.`,
      'It counts attention only, not what the feed-forward network does with it.',
    ],
    paper: 'the authors’ code has the same rollout (Abnar and Zuidema, 2020).',
    value: { ...PATCHES, label: 'reached the class token (share of the most)' },
    panels: [{ title: 'rollout', values: gridOf(row) }],
  };
}

/** How much the class token looks at each token: [n], for one head or the mean of all. */
function classRow({ shape: [heads, n, m], data }: Weights, head?: number): number[] {
  const used = head === undefined ? Array.from({ length: heads }, (_, h) => h) : [head];
  return Array.from({ length: m }, (_, j) => used.reduce((sum, h) => sum + data[h * n * m + j]! / used.length, 0));
}

/** Patches row by row, relative to the strongest: [g][g] */
export function gridOf(row: readonly number[]): Panel['values'] {
  const side = Math.round(Math.sqrt(row.length));
  const most = Math.max(...row) || 1;
  return Array.from({ length: side }, (_, i) => row.slice(i * side, (i + 1) * side).map((x) => x / most));
}
