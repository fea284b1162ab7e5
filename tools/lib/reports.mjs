// @ts-check
import { relative } from 'node:path';
import { root } from './paths.mjs';

/** @param {string[]} parts */
const named = (...parts) => parts.filter((part) => part !== '').join(' › ');

/**
 * Counts of a report of Vitest or Playwright, and the names of the tests that failed. A file that doesn't even load has no
 * failed tests: it counts as one.
 * @param {any} report @returns {{ passed: number, failed: string[] }}
 */
export function readReport(report) {
  if (report.stats)
    return { passed: report.stats.expected + report.stats.flaky, failed: report.suites.flatMap(failedSpecs) };
  const failed = report.testResults.flatMap((/** @type {any} */ { name, status, assertionResults }) => {
    const file = relative(root, name);
    const tests = assertionResults.filter((/** @type {any} */ test) => test.status === 'failed');
    if (tests.length === 0) return status === 'failed' ? [file] : [];
    return tests.map((/** @type {any} */ { ancestorTitles, title }) => named(file, ...ancestorTitles, title));
  });
  return { passed: report.numPassedTests, failed };
}

/** Of a suite of Playwright's. @param {any} suite @returns {string[]} */
function failedSpecs({ title, specs = [], suites = [] }) {
  const own = specs
    .filter((/** @type {any} */ { ok }) => !ok)
    .map((/** @type {any} */ spec) => named(title, spec.title));
  return [...own, ...suites.flatMap(failedSpecs).map((/** @type {string} */ name) => named(title, name))];
}
