import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./results/', import.meta.url));

/** Writes results/{name}.json, .md and .svg. Jobs are results of `contest`. */
export function report(name, machine, jobs) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${name}.json`, `${JSON.stringify({ machine, jobs }, null, 2)}\n`);
  writeFileSync(`${FOLDER}${name}.md`, markdown(machine, jobs));
  writeFileSync(`${FOLDER}${name}.svg`, chart(jobs));
}

const ms = ({ median, min, max }) => `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;

function markdown(machine, jobs) {
  const rows = jobs.flatMap(({ job, ours, peers, best, ratio, ratioToAny }) => [
    `| ${job} | ours, ${ours.name} | ${ms(ours)} | **${ratio.toFixed(2)}×** | ${ratioToAny.toFixed(2)}× |`,
    ...Object.entries(peers).map(
      ([name, times]) => `| | ${name}${name === best ? ', its best' : ''} | ${ms(times)} | | |`,
    ),
  ]);
  return [
    `Milliseconds, median (least–most), ${machine}. Ratios are medians: the peer at its best thread count, with weights shared by all`,
    'levels, over ours; and the peer at its very best over ours, be it with different thread counts for encoder and decoder, or with',
    'a copy of the weights for each level and the level signals merged into it.',
    '',
    '| job | who | ms | best thread count | any setting |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Bars of our speed relative to the peer's best; the line marks equal speed. */
function chart(jobs) {
  const [left, right, step] = [330, 60, 34];
  const width = 820;
  const most = Math.max(2, ...jobs.map(({ ratio }) => ratio)) * 1.05;
  const x = (ratio) => left + ((width - left - right) * ratio) / most;
  const bars = jobs.map(({ job, ratio }, i) => {
    const y = 20 + i * step;
    return `<text x="${left - 10}" y="${y + 15}" text-anchor="end">${job}</text>
<rect x="${left}" y="${y}" width="${(x(ratio) - left).toFixed(1)}" height="20" rx="3" class="bar"/>
<text x="${(x(ratio) + 6).toFixed(1)}" y="${y + 15}">${ratio.toFixed(2)}×</text>`;
  });
  const height = 30 + jobs.length * step;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="How many times as fast as the peer">
<style>text{font:13px system-ui,sans-serif;fill:#444}.bar{fill:#3b82c4}.one{stroke:#888}@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>
<line x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="8" y2="${height - 8}" class="one" stroke-dasharray="3 4"/>
${bars.join('\n')}
</svg>
`;
}

/** A table that fits a terminal. */
export function table(jobs) {
  const lines = jobs.map(
    ({ job, ours, peers, best, ratio }) =>
      `${job.padEnd(38)} ${ours.median.toFixed(1).padStart(7)} ms  ${peers[best].median.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)}x`,
  );
  return ['job                                       ours      peer     ratio', ...lines].join('\n');
}

/** Writes results/vision.{json,md}: contestants of one job (`who, n threads`) sorted by time. → the table */
export function writeVisionReport(size, machine, times) {
  const sides = {};
  for (const [name, { median }] of Object.entries(times)) {
    const who = name.split(',')[0];
    if (!sides[who] || median < sides[who].median) sides[who] = { name, median };
  }
  const own = sides.ours.median;
  const rows = Object.entries(times).map(([name, time]) => {
    const best = sides[name.split(',')[0]].name === name;
    return `| ${name} | ${ms(time)} | ${best ? `**${(time.median / own).toFixed(2)}×**` : ''} |`;
  });
  const text = [
    `One image, ${size.replace('_', '/')} at 224 × 224, float32: milliseconds, median (least–most), ${machine}. Ratios: the best of each over`,
    'our best. All compute only the class token at the last level.',
    '',
    '| who | ms | relative to ours |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}vision.json`, `${JSON.stringify({ machine, size, times }, null, 2)}\n`);
  writeFileSync(`${FOLDER}vision.md`, text);
  return text;
}
