// Runs the conformance suite and writes the table of docs/backends.md, in which what was not run stays as it was:
// node tools/conformance.mjs [--in node|chromium] [--full] [SUITE FILE…]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runConformance } from './checks/conformance.mjs';

const PLACES = { node: 'Node.js', chromium: 'Chromium' };
const { values: flags, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false }, in: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const KINDS = ['operation', 'operationGradient', 'level', 'gradient', 'loss', 'score'];
const number = (x) => (x === undefined ? '' : x === 0 ? '0' : x.toExponential(1));
const line = (cells) => `| ${cells.join(' | ')} |`;

const page = new URL('../docs/backends.md', import.meta.url);
const [begin, end] = ['<!-- written by tools/conformance.mjs -->', '<!-- until here -->'];
const [before, rest] = readFileSync(page, 'utf8').split(begin);
const [table, after] = rest.split(end);
/** Rows by their first two cells. */
const rows = new Map(
  table
    .split('\n')
    .filter((row) => /^\| \w+ \| (Node|Chromium)/.test(row))
    .map((row) => [row.split(' | ', 2).join(' | ').slice(2), row]),
);

let failed = false;
for (const place of flags.in ?? Object.keys(PLACES)) {
  const suite = positionals.length > 0 ? positionals : undefined;
  const { subjects, failures } = await runConformance(place, suite, flags);
  for (const [name, { passed, failed, skipped, deviations }] of Object.entries(subjects)) {
    if (passed + failed === 0) console.error(`${name} was skipped: its row stays.`);
    else {
      const key = `${name} | ${PLACES[place]}`;
      rows.set(key, line([key, passed, failed, skipped, ...KINDS.map((kind) => number(deviations[kind]))]));
    }
  }
  for (const failure of failures) console.error(failure);
  failed ||= failures.length > 0;
}

const head = ['operations', 'their gradients', 'levels', 'gradients', 'losses', 'beam scores'];
const written = [
  line(['on', 'in', 'passed', 'failed', 'skipped', ...head]),
  `| --- | --- |${' ---: |'.repeat(3 + KINDS.length)}`,
  ...[...rows.keys()].sort().map((key) => rows.get(key)),
].join('\n');
writeFileSync(page, `${before}${begin}\n${written}\n${end}${after}`);
console.log(written);
process.exitCode = failed ? 1 : 0;
