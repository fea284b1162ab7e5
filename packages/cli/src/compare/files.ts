import { join } from 'node:path';
import { htmlReport } from '@ringformer/pictures';
import { drawSvg } from '@ringformer/pictures/node';
import { amount } from '../cost/show-cost.ts';
import { makeFolders } from '../folders.ts';
import { writeFileAtomic } from '../logs/atomic.ts';
import { spreadText } from '../statistics.ts';
import { picturesOf } from './pictures.ts';
import type { Comparison } from './report.ts';
import { timesOf } from './table.ts';

/** The sections of the report, and the pictures in each. */
const SECTIONS = [
  [
    'How good they are',
    'Losses are lower for better models, scores are higher.',
    ['valid-loss', 'score', 'score-by-parameters', 'training-loss'],
  ],
  ['What they cost', 'Counted from the configurations; times are measured.', ['parameters', 'cost', 'time']],
] as const;

/** Writes the report of a comparison into a folder: HTML, JSON, and each picture as SVG. @throws RingformerError 'bad-file' */
export async function writeReport(folder: string, comparison: Comparison): Promise<void> {
  const pictures = picturesOf(comparison);
  const drawn = pictures.map((picture) => ({ picture, svg: drawSvg(picture, { title: false, style: false }) }));
  const html = await htmlReport({
    title: `${comparison.groups.length === 1 ? 'A run' : `${comparison.groups.length} runs`} of ${comparison.task}`,
    lead: comparison.remarks,
    facts: comparison.groups.map((group) => [group.name, factOf(comparison, group)] as const),
    sections: SECTIONS.map(([title, says, names]) => ({
      title,
      says,
      drawn: drawn.filter(({ picture }) => names.some((name) => name === picture.name)),
    })),
  });
  makeFolders(folder);
  for (const picture of pictures) writeFileAtomic(join(folder, `${picture.name}.svg`), drawSvg(picture));
  writeFileAtomic(join(folder, 'compare.json'), `${JSON.stringify(comparison)}\n`);
  writeFileAtomic(join(folder, 'compare.html'), html);
}

function factOf(
  { scoreName, unit }: Comparison,
  { summary, parameters, cost, runs }: Comparison['groups'][number],
): string {
  const [time, speed] = timesOf(summary);
  return [
    ...(summary.score ? [`${scoreName} ${spreadText(summary.score, 2)}`] : []),
    ...(summary.validLoss ? [`loss ${spreadText(summary.validLoss, 4)}`] : []),
    `${amount(parameters.total)} parameters`,
    `${amount(cost.macs)} multiply–adds`,
    `${time} at ${speed} ${unit}s/s`,
    runs.length === 1 ? '1 seed' : `${runs.length} seeds`,
  ].join(', ');
}
