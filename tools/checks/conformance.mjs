// @ts-check
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumProgram } from '../lib/chromium.mjs';
import { bin, Failure, runQuietly } from '../lib/exec.mjs';
import { cache, readJson, root } from '../lib/paths.mjs';

/**
 * What of the suite `npm test` runs in Chromium: WebGPU on a software renderer takes minutes for a single model. In
 * Node.js it is among the unit tests.
 */
const SUITES = {
  chromium: ['conformance/wasm', 'conformance/engine', 'conformance/webgl', 'start', 'large-tables'],
  node: ['core/src/testing/backend', 'parity', 'node-gpu/test/tensorflow', 'node-gpu/test/webgpu'],
};
const CONFIGS = { chromium: 'vitest.browser.config.ts', node: 'vitest.config.ts' };

/**
 * @typedef {keyof typeof SUITES} Place
 * @typedef {{ passed: number, failed: number, skipped: number, deviations: Record<string, number> }} Subject
 * what a backend or engine did: tests, and the largest deviation of each kind
 */

/**
 * Runs the conformance suite in headless Chromium or in Node.js. `suite` names its files; `full`: every model and
 * update.
 * @param {Place} place @param {string[]} [suite] @param {{ full?: boolean }} [options]
 * @returns {Promise<{ subjects: Record<string, Subject>, passed: number, failures: string[] }>}
 */
export async function runConformance(place, suite = SUITES[place], { full = false } = {}) {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `conformance-${place}.json`);
  const args = [bin('vitest'), 'run', '--config', CONFIGS[place], ...suite];
  const reporters = ['--reporter=json', `--outputFile.json=${file}`];
  const env = { ...process.env, ...(full ? { VITE_CONFORMANCE: 'full', RINGFORMER_WEBGPU: 'all' } : {}) };
  const started = Date.now();
  const { output } = await runQuietly(process.execPath, [...args, ...reporters], { cwd: root, env });
  const report = readReport(file);
  if (!report || report.startTime < started)
    throw new Failure(`The conformance suite did not run.\n${output.slice(-3000)}`);
  /** @type {Record<string, Subject>} */
  const subjects = {};
  /** @type {string[]} */
  const failures = [];
  let passed = 0;
  for (const { name, message, assertionResults } of report.testResults) {
    if (assertionResults.length === 0) failures.push(`${name}: ${message}`); // a file that does not even load
    for (const { fullName, status, failureMessages, meta } of assertionResults) {
      if (status === 'failed') failures.push(`${fullName}: ${failureMessages?.[0]?.split('\n')[0]}`);
      if (status === 'passed') passed += 1;
      if (!meta?.conformance) continue;
      const { subject, kind, deviation } = meta.conformance;
      subjects[subject] ??= { passed: 0, failed: 0, skipped: 0, deviations: {} };
      const one = /** @type {Subject} */ (subjects[subject]);
      one[status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped'] += 1;
      if (kind && deviation !== undefined) one.deviations[kind] = Math.max(one.deviations[kind] ?? 0, deviation);
    }
  }
  return { subjects, passed, failures };
}

/** @param {string} file */
function readReport(file) {
  try {
    return readJson(file);
  } catch {
    return undefined;
  }
}

/** The conformance suite on the backends of a page, and their start. */
export async function conformance() {
  if (!chromiumProgram()) {
    const needed = process.env.RINGFORMER_BROWSER === 'required';
    throw new Failure('no Chromium on this machine: no backend of a page was tried', needed ? 1 : 0);
  }
  const { subjects, passed, failures } = await runConformance('chromium');
  if (failures.length > 0) throw new Failure(failures.join('\n'));
  const told = Object.entries(subjects).map(
    ([name, { passed, skipped }]) => `${name} ${passed}${skipped ? ` (${skipped} skipped)` : ''}`,
  );
  return `${passed} tests: ${told.join(', ')}`;
}
