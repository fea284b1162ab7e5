import type { Inspection, SignalStrength } from '@ringformer/seq2seq';
import { svg } from './dom.ts';

const KINDS: readonly (keyof SignalStrength)[] = ['query', 'key', 'value', 'ffn'];
const [LEFT, BAR, STEP] = [84, 22, 30];
const GROUP = { least: 58, most: 158 };

/** Bars for each level and kind of signal, encoder above decoder, fitted to the width in pixels. */
export function drawSignals({ signals }: Inspection, pixels: number): SVGElement {
  const group = Math.max(GROUP.least, Math.min(GROUP.most, (pixels - LEFT) / KINDS.length));
  const rows = [
    ...signals.encoder.map((strength, i) => ({ name: `encoder ${i + 1}`, strength })),
    ...signals.decoder.map((strength, i) => ({ name: `decoder ${i + 1}`, strength })),
  ];
  const most = Math.max(0.01, ...rows.flatMap(({ strength }) => KINDS.map((kind) => strength[kind])));
  const [width, height] = [LEFT + group * KINDS.length, 30 + STEP * rows.length];
  const says = rows.map(
    ({ name, strength }) => `${name}: ${KINDS.map((kind) => `${kind} ${strength[kind].toFixed(2)}`).join(', ')}`,
  );
  const picture = svg('svg', {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': `Level signals. ${says.join('; ')}.`,
  });
  KINDS.forEach((kind, k) =>
    picture.append(
      svg(
        'text',
        { x: LEFT + group * k, y: 16, class: 'soft' },
        kind === 'ffn' && group === GROUP.most ? 'feed-forward' : kind,
      ),
    ),
  );
  rows.forEach(({ name, strength }, row) => {
    const y = 28 + STEP * row;
    picture.append(svg('text', { x: 0, y: y + 16 }, name));
    KINDS.forEach((kind, k) => {
      const length = ((group - 38) * strength[kind]) / most;
      picture.append(
        svg('rect', { x: LEFT + group * k, y, width: length.toFixed(1), height: BAR, rx: 3, class: 'bar' }),
        svg('text', { x: LEFT + group * k + length + 6, y: y + 16, class: 'soft' }, strength[kind].toFixed(2)),
      );
    });
  });
  return picture;
}
