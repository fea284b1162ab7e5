// Runs the conformance suite and writes the table of docs/backends.md; rows of what was not run stay unchanged:
// node tools/conformance.mjs [--in node|chromium] [--full] [SUITE FILE…]
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runQuietly } from './lib/exec.mjs';
import { cache, readJson, root } from './lib/paths.mjs';

const PLACES = { node: 'Node.js', chromium: 'Chromium' };
/**
 * What runs if no files are named: in Chromium everything except WebGPU, which takes minutes for a single model in software.
 */
const SUITES = {
  node: ['--project=unit', 'core/src/testing/backend', 'parity', 'node-gpu/test/tensorflow', 'node-gpu/test/webgpu'],
  chromium: ['start', 'large-tables', 'conformance/', '--exclude=**/conformance/webgpu.browser.ts'],
};
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
  const { subjects, failures } = await run(place, positionals.length > 0 ? positionals : SUITES[place]);
  for (const [name, { passed, failed, skipped, deviations }] of Object.entries(subjects)) {
    if (passed + failed === 0) console.error(`${name} was skipped; its row is unchanged.`);
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

/**
 * The results of each backend or engine: how many tests passed, failed and were skipped, and the largest deviation of each
 * kind.
 */
async function run(place, suite) {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `conformance-${place}.json`);
  rmSync(file, { force: true });
  const config = place === 'chromium' ? ['--config=vitest.browser.config.ts'] : [];
  const args = ['run', ...config, ...suite, '--reporter=json', `--outputFile.json=${file}`];
  const full = flags.full ? { VITE_CONFORMANCE: 'full', RINGFORMER_WEBGPU: 'all' } : {};
  const vitest = join(root, 'node_modules/.bin/vitest');
  const { output } = await runQuietly(vitest, args, { cwd: root, env: { ...process.env, ...full } });
  let report;
  try {
    report = readJson(file);
  } catch {
    throw new Error(`The conformance suite did not run.\n${output.slice(-3000)}`);
  }
  const subjects = {};
  const failures = [];
  for (const { name, message, assertionResults } of report.testResults) {
    if (assertionResults.length === 0) failures.push(`${name}: ${message}`); // a file that doesn't even load
    for (const { fullName, status, failureMessages, meta } of assertionResults) {
      if (status === 'failed') failures.push(`${fullName}: ${failureMessages?.[0]?.split('\n')[0]}`);
      if (!meta?.conformance) continue;
      const { subject, kind, deviation } = meta.conformance;
      subjects[subject] ??= { passed: 0, failed: 0, skipped: 0, deviations: {} };
      const one = subjects[subject];
      one[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
      if (kind && deviation !== undefined) one.deviations[kind] = Math.max(one.deviations[kind] ?? 0, deviation);
    }
  }
  return { subjects, failures };
}
