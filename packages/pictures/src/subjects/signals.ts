import type { Bars, HeatMap, Overlay } from '../picture.ts';
import type { Word } from '../words.ts';
import { gridOf, type ImageOf } from './attention.ts';
import { decimal, largest, mean, numbered, percent, roundUp } from './parts.ts';

/** ‖s(x)‖ as a share of what it is added to, for each kind of signal. */
export type Strength = { readonly query: number; readonly key: number; readonly value: number; readonly ffn: number };

const KINDS = ['query', 'key', 'value', 'ffn'] as const satisfies readonly (keyof Strength)[];
export const NAMES: Readonly<Record<keyof Strength, string>> = {
  query: 'queries',
  key: 'keys',
  value: 'values',
  ffn: 'feed-forward input',
};
const PAPER =
  'level signals sᵢ(x) = Aᵢ·Bᵢᵀ·x of low rank and the levels’ own norms are all that tells the shared block which lap it is on.';

/** Signals begin at zero. */
const ZERO = 'All signals are zero, as they are before training.';

/** How strong each level's signals are, over all tokens. */
export function signalsPicture(levels: readonly { readonly name: string; readonly strength: Strength }[]): Bars {
  const rows = levels.map(({ strength }) => KINDS.map((kind) => strength[kind]));
  const [i, k] = largest(rows);
  const all = rows.flat();
  return {
    kind: 'bars',
    name: 'signals',
    title: 'How strong the level signals are',
    says: all.every((x) => x === 0)
      ? [ZERO]
      : [
          `${called(levels[i]?.name ?? '')} adds ${percent(rows[i]?.[k] ?? 0)} to the ${NAMES[KINDS[k]!]}, the most of all signals.`,
          `On average a signal is ${percent(mean(all))} as long as what it is added to.`,
        ],
    paper: PAPER,
    rows: { label: 'level', names: levels.map(({ name }) => name) },
    value: {
      label: 'length of the signal (% of what it is added to)',
      from: 0,
      to: roundUp(100 * Math.max(...all)),
      digits: 0,
    },
    series: KINDS.map((kind, column) => ({ name: NAMES[kind], values: rows.map((row) => 100 * row[column]!) })),
  };
}

/** The same for each word. levels: by level, [n] of each kind. */
export function tokenSignalsPicture(
  levels: readonly { readonly [kind in keyof Strength]: ArrayLike<number> }[],
  words: readonly Word[],
  { name, title }: { readonly name: string; readonly title: string },
): HeatMap {
  const panels = KINDS.map((kind) => ({
    title: NAMES[kind],
    values: levels.map((level) =>
      words.map(({ from, to }) => 100 * mean(Array.from({ length: to - from }, (_, i) => level[kind][from + i] ?? 0))),
    ),
  }));
  const flat = panels.map(({ values }) => values.flat());
  const all = flat.flat().sort((a, b) => a - b);
  const usual = all[Math.floor(0.9 * (all.length - 1))] ?? 0; // a few strong ones would leave the others without colour
  const [k, at] = largest(flat);
  const [level, word] = [Math.floor(at / words.length), at % words.length];
  return {
    kind: 'heat',
    name,
    title,
    says: [
      (all.at(-1) ?? 0) > 0
        ? `The strongest signal is added to the ${NAMES[KINDS[k]!]} of “${words[word]?.text}” in level ${level + 1}, ${Math.round(flat[k]?.[at] ?? 0)} % of their length.`
        : ZERO,
      '▶ and ■ are the start and the end of the sentence.',
    ],
    paper: PAPER,
    rows: { label: 'level', names: numbered(levels.length) },
    columns: { label: 'word', names: words.map(({ text }) => text) },
    value: {
      label: 'length (% of what it is added to)',
      from: 0,
      to: roundUp(usual),
      digits: 0,
      clipped: roundUp(usual) < all.at(-1)!,
    },
    panels,
  };
}

/** The same for each patch of an image, the four kinds averaged. levels: by level, [1+g²] of each kind. */
export function imageSignalsPicture(
  levels: readonly { readonly [kind in keyof Strength]: ArrayLike<number> }[],
  { name, title, image }: ImageOf,
): Overlay {
  const rows = levels.map((level) =>
    Array.from({ length: level.query.length }, (_, i) => mean(KINDS.map((kind) => level[kind][i] ?? 0))),
  );
  const means = rows.map((row) => mean(row.slice(1)));
  const strongest = means.indexOf(Math.max(...means));
  return {
    kind: 'overlay',
    name,
    title,
    image,
    says: [
      (means[strongest] ?? 0) > 0
        ? `Level ${strongest + 1} adds the most: its signals are ${percent(means[strongest] ?? 0)} as long as what they are added to, on average over patches and kinds.`
        : ZERO,
      'The redder a patch, the stronger the signals of its token, relative to the strongest of that level.',
    ],
    paper: PAPER,
    value: { label: 'signals (share of the strongest patch)', from: 0, to: 1, digits: 2 },
    panels: rows.map((row, i) => ({ title: `level ${i + 1}`, values: gridOf(row.slice(1)) })),
  };
}

/** How alike the stream is after each level, by the cosine of each token's vectors. states: by level [n d]. */
export function statesPicture(
  states: readonly ArrayLike<number>[],
  dim: number,
  { name, title }: { readonly name: string; readonly title: string },
): HeatMap {
  const values = states.map((a) => states.map((b) => meanCosine(a, b, dim)));
  const steps = values.slice(1).map((row, i) => row[i]!);
  const turn = steps.indexOf(Math.min(...steps));
  return {
    kind: 'heat',
    name,
    title,
    says: [
      `The cosine between a token’s vectors after two levels, averaged over tokens: 1 means that nothing turned. ${steps.length > 0 ? `The first and the last level have ${decimal(values[0]?.at(-1) ?? 1)}.` : 'There is only one level, which is like itself.'}`,
      ...(steps.length > 0
        ? [`Level ${turn + 2} turns the vectors most: ${decimal(steps[turn] ?? 1)} from the level before it.`]
        : []),
    ],
    rows: { label: 'after level', names: numbered(states.length) },
    columns: { label: 'after level', names: numbered(states.length) },
    value: { label: 'cosine', from: Math.min(...values.flat()) < 0 ? -1 : 0, to: 1, digits: 2 },
    panels: [{ title: '', values }],
  };
}

function meanCosine(a: ArrayLike<number>, b: ArrayLike<number>, dim: number): number {
  const n = a.length / dim;
  let total = 0;
  for (let i = 0; i < n; i++) {
    let [dot, aa, bb] = [0, 0, 0];
    for (let k = i * dim; k < (i + 1) * dim; k++) {
      dot += a[k]! * b[k]!;
      aa += a[k]! * a[k]!;
      bb += b[k]! * b[k]!;
    }
    total += dot / (Math.sqrt(aa * bb) || 1);
  }
  return total / n;
}

/** 'encoder 4' → 'Level 4 of the encoder'; 'level 4' → 'Level 4' */
const called = (name: string): string =>
  name.replace(/^level /, 'Level ').replace(/^(encoder|decoder) (\d+)$/, 'Level $2 of the $1');
