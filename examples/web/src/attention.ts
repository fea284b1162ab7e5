import { type Word, weightsBetween, wordsOf } from '@ringformer/pictures/words';
import type { AttentionMap, Inspection } from '@ringformer/seq2seq';
import { svg } from './dom.ts';

const GAP = 14;
const HEIGHT = 190;

/** Two lines of words, joined by curves as thick as the attention between them. A focused word shows only its own curves. */
export function drawAttention(inspection: Inspection, level: number, head?: number): SVGElement {
  const [source, target] = [wordsOf(inspection.source), wordsOf(inspection.target)];
  const weights = weightsBetween(inspection.cross[level] as AttentionMap, target, source, head);
  const [above, below] = [layOut(source), layOut(target)];
  const width = Math.max(above.width, below.width);
  const ties = weights.flatMap((row, i) =>
    row.map((weight, j) => {
      const [x0, x1] = [above.middles[j]! + (width - above.width) / 2, below.middles[i]! + (width - below.width) / 2];
      const curve = `M${x0} 34 C${x0} ${HEIGHT / 2},${x1} ${HEIGHT / 2},${x1} ${HEIGHT - 30}`;
      const tie = svg('path', {
        d: curve,
        class: 'tie',
        'stroke-width': (6 * weight).toFixed(2),
        opacity: Math.min(1, 0.08 + weight).toFixed(3),
      });
      tie.append(svg('title', {}, `${target[i]?.text} ← ${source[j]?.text}: ${(100 * weight).toFixed(0)} %`));
      return { tie, i, j };
    }),
  );
  const picture = svg(
    'svg',
    {
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: 'img',
      'aria-label': describe(weights, source, target),
    },
    ...ties.map(({ tie }) => tie),
  );
  const words = (list: Word[], middles: number[], shift: number, y: number, side: 'i' | 'j') => {
    list.forEach((word, at) => {
      const label = svg(
        'text',
        { x: middles[at]! + shift, y, 'text-anchor': 'middle', class: 'word', tabindex: 0 },
        word.text,
      );
      const show = (only: boolean) => {
        label.classList.toggle('on', only);
        for (const one of ties) one.tie.style.display = only && one[side] !== at ? 'none' : '';
      };
      for (const name of ['pointerenter', 'focus']) label.addEventListener(name, () => show(true));
      for (const name of ['pointerleave', 'blur']) label.addEventListener(name, () => show(false));
      picture.append(label);
    });
  };
  words(source, above.middles, (width - above.width) / 2, 22, 'j');
  words(target, below.middles, (width - below.width) / 2, HEIGHT - 12, 'i');
  return picture;
}

function layOut(words: readonly Word[]): { middles: number[]; width: number } {
  let at = GAP;
  const middles = words.map(({ text }) => {
    const width = 8.2 * [...text].length + 4;
    at += width + GAP;
    return at - GAP - width / 2;
  });
  return { middles, width: at };
}

/** For screen readers: what each word looked at most. */
function describe(weights: readonly number[][], source: readonly Word[], target: readonly Word[]): string {
  const lines = weights.map((row, i) => {
    const most = row.reduce((best, weight, j) => (weight > row[best]! ? j : best), 0);
    return `${target[i]?.text} at ${source[most]?.text}, ${(100 * row[most]!).toFixed(0)} %`;
  });
  return `Attention. ${lines.join('; ')}.`;
}
