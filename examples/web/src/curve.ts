import { svg } from './dom.ts';

export type Point = { readonly step: number; readonly loss?: number; readonly accuracy?: number };

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 260, 44, 50, 12, 28];

/** Smoothed training loss and accuracy on the held-out images, over updates. */
export function drawCurve(points: readonly Point[], steps: number): SVGElement {
  const x = (step: number) => LEFT + ((WIDTH - LEFT - RIGHT) * step) / Math.max(1, steps);
  const losses = smooth(points.flatMap(({ step, loss }) => (loss === undefined ? [] : [[step, loss] as const])));
  const scores = points.flatMap(({ step, accuracy }) => (accuracy === undefined ? [] : [[step, accuracy] as const]));
  const most = 0.4 * Math.ceil(Math.max(1, ...losses.map(([, loss]) => loss)) / 0.4); // its quarters have one decimal
  const down = HEIGHT - TOP - BOTTOM;
  const lossY = (loss: number) => TOP + down * (1 - loss / most);
  const scoreY = (score: number) => TOP + down * (1 - score);
  const line = (all: readonly (readonly [number, number])[], y: (value: number) => number) =>
    all.map(([step, value], i) => `${i === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const [lastLoss, lastScore] = [losses.at(-1), scores.at(-1)];
  const says = `Training: loss ${lastLoss?.[1].toFixed(3) ?? 'unknown'}${lastScore ? `, accuracy ${(100 * lastScore[1]).toFixed(1)} %` : ''} after ${lastLoss?.[0] ?? 0} of ${steps} updates.`;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    svg('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: scoreY(share), y2: scoreY(share), class: 'rule' }),
    svg('text', { x: LEFT - 6, y: scoreY(share) + 4, 'text-anchor': 'end', class: 'soft' }, (most * share).toFixed(1)),
    svg('text', { x: WIDTH - RIGHT + 6, y: scoreY(share) + 4, class: 'soft' }, `${100 * share} %`),
  ]);
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: '100%', role: 'img', 'aria-label': says },
    ...grid,
    svg('path', { d: line(losses, lossY), class: 'loss' }),
    svg('path', { d: line(scores, scoreY), class: 'score' }),
    ...scores.map(([step, score]) => svg('circle', { cx: x(step), cy: scoreY(score), r: 3, fill: 'var(--warm)' })),
    svg('text', { x: LEFT, y: HEIGHT - 6, class: 'soft' }, 'loss (left), accuracy (right)'),
    svg('text', { x: WIDTH - RIGHT, y: HEIGHT - 6, 'text-anchor': 'end', class: 'soft' }, `${steps} updates`),
  );
}

function smooth(points: readonly (readonly [number, number])[]): [number, number][] {
  let mean: number | undefined;
  return points.map(([step, loss]) => {
    mean = mean === undefined ? loss : 0.9 * mean + 0.1 * loss;
    return [step, mean];
  });
}
