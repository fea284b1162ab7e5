// Runs the conformance suite in Chromium and writes docs/backends.md: node tools/conformance.mjs [--full] [SUITE FILE…]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runConformance } from './checks/conformance.mjs';

const { values: flags, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const suite = positionals.length > 0 ? positionals : ['conformance'];
const { subjects, failures } = await runConformance(suite, flags);

const KINDS = ['operation', 'operationGradient', 'level', 'gradient', 'loss', 'score'];
const number = (x) => (x === undefined ? '' : x === 0 ? '0' : x.toExponential(1));
const rows = Object.entries(subjects).map(([name, { passed, failed, skipped, deviations }]) =>
  ['', name, passed, failed, skipped, ...KINDS.map((kind) => number(deviations[kind])), ''].join(' | ').trim(),
);
const table = [
  `| on | passed | failed | skipped | ${['operations', 'their gradients', 'levels', 'gradients', 'losses', 'beam scores'].join(' | ')} |`,
  `| --- |${' ---: |'.repeat(3 + KINDS.length)}`,
  ...rows,
].join('\n');

const page = new URL('../docs/backends.md', import.meta.url);
const [begin, end] = ['<!-- written by tools/conformance.mjs -->', '<!-- until here -->'];
const text = readFileSync(page, 'utf8');
const [before, rest] = text.split(begin);
writeFileSync(page, `${before}${begin}\n${table}\n${end}${rest.split(end)[1]}`);
console.log(table);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
