import { escapeXml } from './curve.ts';

/** How often images of each class (row) were taken for each class (column). */
export type Confusion = { readonly classes: readonly string[]; readonly confusion: readonly (readonly number[])[] };

const LEFT = 120;
const TOP = 60;

/**
 * A picture of a confusion matrix as one SVG document: shares of each row, darker for larger ones; light or dark as the
 * reader prefers.
 */
export function confusionSvg({ classes, confusion }: Confusion): string {
  const cell = Math.max(12, Math.min(48, Math.floor(600 / classes.length)));
  const side = cell * classes.length;
  const [width, height] = [LEFT + side + 20, TOP + side + 100];
  const cells = confusion.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    return row.map((count, j) => {
      const share = count / total;
      const [x, y] = [LEFT + j * cell, TOP + i * cell];
      const name = `${escapeXml(classes[i] ?? '')} taken for ${escapeXml(classes[j] ?? '')}: ${count}`;
      const square = `<rect x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" class="${i === j ? 'right' : 'wrong'}" fill-opacity="${Math.sqrt(share).toFixed(3)}"><title>${name}</title></rect>`;
      if (count === 0 || cell < 24) return square;
      return `${square}<text x="${x + cell / 2}" y="${y + cell / 2 + 4}" class="${share > 0.3 ? 'on' : 'count'}">${count}</text>`;
    });
  });
  const names = classes.flatMap((name, i) => {
    const at = i * cell + cell / 2;
    const [x, y] = [LEFT + at, TOP + side + 14];
    return [
      `<text x="${LEFT - 8}" y="${TOP + at + 4}" class="name">${escapeXml(name)}</text>`,
      `<text x="${x}" y="${y}" class="name" transform="rotate(-40 ${x},${y})">${escapeXml(name)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>Confusion matrix</title>',
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text x="${LEFT}" y="32" class="head">What each class (row) was taken for (column)</text>`,
    ...cells,
    ...names,
    '</svg>',
    '',
  ].join('\n');
}

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #333; } .ground { fill: #fff; } .head { font-size: 15px; font-weight: 600; }
.right { fill: #2563eb; } .wrong { fill: #d9650b; } .name { text-anchor: end; } .count, .on { text-anchor: middle; font-size: 11px; }
.on { fill: #fff; }
@media (prefers-color-scheme: dark) {
text { fill: #ddd; } .ground { fill: #16181d; } .right { fill: #5b9dff; } .wrong { fill: #ff9d4d; } .on { fill: #111; }
}`;
