// @ts-check
// node tools/cases.mjs: runs the tests of faults that users met once ("case text/04: …" in their names) and prints a table.
// Those that need browsers or packed packages are listed with the command that runs them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';

const CASE = /case ((?:text|vision)\/\d+)[^:]*:? ?(.*)/;
/** Where such tests are that this script doesn't run. */
const ELSEWHERE = {
  'tools/browser/browsers.spec.ts': 'npm test -- browsers',
  'tools/browser/demo.spec.ts': 'npm test -- demo',
  'tools/browser/faults.spec.ts': 'npm test -- faults',
  'tools/tests/typescript.test.ts': 'npm test -- typescript',
};

/** @type {Map<string, { says: string, passed: number, failed: number, others: Set<string> }>} */
const cases = new Map();
/** @param {string} name */
function caseOf(name) {
  const [, id = '', says = ''] = CASE.exec(name) ?? [];
  const known = cases.get(id) ?? { says, passed: 0, failed: 0, others: new Set() };
  cases.set(id, known);
  return known;
}

const folder = mkdtempSync(join(tmpdir(), 'ringformer-cases-'));
const report = join(folder, 'report.json');
const args = ['run', '--project', 'unit', '-t', 'case (text|vision)/', '--reporter=json', `--outputFile=${report}`];
spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { cwd: root, stdio: 'ignore' });
for (const { assertionResults } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
  for (const { fullName, status } of assertionResults) {
    if (!CASE.test(fullName) || !['passed', 'failed'].includes(status)) continue;
    caseOf(fullName)[status === 'passed' ? 'passed' : 'failed'] += 1;
  }
}
rmSync(folder, { recursive: true });
for (const [file, command] of Object.entries(ELSEWHERE)) {
  for (const [name] of readFileSync(join(root, file), 'utf8').matchAll(/case (?:text|vision)\/\d+[^'"`]*/g)) {
    caseOf(name).others.add(command);
  }
}

let failed = 0;
for (const [id, { says, ...found }] of [...cases].sort(([a], [b]) => a.localeCompare(b, 'en'))) {
  failed += found.failed;
  const verdict = found.failed > 0 ? `${found.failed} FAILED` : found.passed > 0 ? 'right' : '';
  const tests = found.passed + found.failed > 0 ? `${found.passed + found.failed} tests` : '';
  console.log(
    [id.padEnd(10), verdict.padEnd(9), tests.padStart(8), [...found.others, says].join(' · ').slice(0, 90)].join('  '),
  );
}
console.log(`${cases.size} cases, ${failed} failed tests`);
process.exitCode = failed > 0 || cases.size === 0 ? 1 : 0;
