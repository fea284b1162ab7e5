import { byId, svg } from './dom.ts';

/** The logo is the ring itself: a segment for each level, coloured if the level is used. */
export function drawRing(passed: number, levels: number): void {
  const radius = 18;
  const gap = levels > 1 ? 0.34 : 0.3;
  const arcs = Array.from({ length: levels }, (_, i) => {
    const [from, to] = [i, i + 1].map((at) => (at / levels) * 2 * Math.PI - Math.PI / 2) as [number, number];
    const point = (angle: number) => `${24 + radius * Math.cos(angle)} ${24 + radius * Math.sin(angle)}`;
    const large = to - from - gap > Math.PI ? 1 : 0;
    return svg('path', {
      d: `M${point(from + gap / 2)} A${radius} ${radius} 0 ${large} 1 ${point(to - gap / 2)}`,
      class: i < passed ? 'on' : undefined,
    });
  });
  byId('logo').replaceChildren(...arcs);
}
