import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from './machine.mjs';

const FOLDER = fileURLToPath(new URL('./results/', import.meta.url));

/** Writes results/{name}.json, .md and .svg. Jobs are results of `contest`; `where` names a browser. */
export function report(name, machine, jobs, where = '') {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${name}.json`, `${JSON.stringify({ machine, where, jobs }, null, 2)}\n`);
  writeFileSync(`${FOLDER}${name}.md`, markdown(machine, jobs, where));
  writeFileSync(`${FOLDER}${name}.svg`, chart(jobs));
}

const ms = ({ median, min, max }) => `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;
const times = (ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–');

function markdown(machine, jobs, where) {
  const rows = jobs.flatMap(({ job, ours, engines, peers, likes, best, ratio, ratioToAny }) => [
    ...Object.entries(ours).map(([name, time]) => {
      const engine = engines.find((one) => one.name === name);
      const first = engine === engines[0];
      const bold = engine && (first ? `**${times(ratio)}**` : times(engine.ratio));
      return `| ${name === Object.keys(ours)[0] ? job : ''} | ours, ${name} | ${ms(time)} | ${bold ?? ''} | ${first ? times(ratioToAny) : ''} |`;
    }),
    ...Object.entries(peers).map(
      ([name, time]) => `| | ${name}${name === best ? ', its best' : ''} | ${ms(time)} | | |`,
    ),
    ...Object.entries(likes).map(([name, time]) => `| | ${name} | ${ms(time)} | (${times(time.ratio)}) | |`),
  ]);
  return [
    `${describe(machine, machine.peaks)}${where && ` ${where}.`}`,
    '',
    'Milliseconds, median (least–most). Ratios are medians: ONNX Runtime at its best thread count, with weights shared by all levels,',
    'over each of our engines at its best; and ONNX Runtime at its very best over our first, be it with different thread counts for',
    'encoder and decoder, or with a copy of the weights for each level and the level signals merged into it. In brackets: other',
    'programs over our best; CTranslate2 runs a Transformer that is only as large, PyTorch the same weights.',
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

/** A table that fits a terminal: for each of our engines its time, the peer's, and how many times as fast it is. */
export function table(jobs) {
  const line = ({ job, peers, best }, { name, median, ratio }) =>
    `${job.padEnd(32)} ${name.padEnd(23)} ${median.toFixed(1).padStart(7)} ms ${best ? peers[best].median.toFixed(1).padStart(7) : '–'} ms  ${times(ratio)}`;
  const likes = ({ likes }) =>
    Object.entries(likes).map(
      ([name, { median, ratio }]) => `  ${name.padEnd(54)} ${median.toFixed(1).padStart(7)} ms  ${times(ratio)}`,
    );
  const lines = jobs.flatMap((job) => [...job.engines.map((engine) => line(job, engine)), ...likes(job)]);
  return [`${'job'.padEnd(57)} ours       peer     ratio`, ...lines].join('\n');
}
