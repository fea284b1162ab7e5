import type { Chart } from '../picture.ts';
import { decimal, mean, roundUp } from './parts.ts';

/** How far heads look. distances: [levels][heads]; `unit`: 'pixels' or 'tokens'. */
export function distancePicture(
  distances: readonly (readonly number[])[],
  { side, unit }: { readonly side: string; readonly unit: string },
): Chart {
  const means = distances.map(mean);
  const all = distances.flat();
  const [nearest, farthest] = [Math.min(...all), Math.max(...all)];
  const [first = 0, last = 0] = [means[0], means.at(-1)];
  return {
    kind: 'chart',
    name: `distance-${side}`,
    title: `How far the heads of the ${side} look`,
    says: [
      means.length > 1
        ? `Heads of the first level look ${decimal(first, 1)} ${unit} away on average, those of the last ${decimal(last, 1)}.`
        : `Its only level looks ${decimal(first, 1)} ${unit} away on average.`,
      ...(all.length > 1
        ? [
            `The nearest-sighted of all ${all.length} heads looks ${decimal(nearest, 1)} ${unit} away, the farthest-sighted ${decimal(farthest, 1)}.`,
          ]
        : []),
    ],
    paper:
      'mean attention distance (Dosovitskiy et al., 2021, appendix D.7) shows that the ring behaves more like a vanilla Transformer than earlier recurrent designs.',
    x: { label: 'level' },
    y: { label: `mean distance (${unit})`, from: 0, to: roundUp(farthest), digits: roundUp(farthest) < 5 ? 1 : 0 },
    series: [
      { name: 'mean of the heads', as: 'line', points: means.map((value, i) => [i + 1, value]) },
      {
        name: 'each head',
        as: 'dots',
        points: distances.flatMap((heads, i) => heads.map((value) => [i + 1, value] as const)),
      },
    ],
  };
}
