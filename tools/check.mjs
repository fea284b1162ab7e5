// @ts-check
// `npm test`: every check in turn, the unit tests last; names as arguments run only those. Ends with `N passed, N failed`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { browser } from './checks/browser.mjs';
import { models } from './checks/browser-models.mjs';
import { bundle } from './checks/bundle.mjs';
import { conformance } from './checks/conformance.mjs';
import { install } from './checks/consumer.mjs';
import { demo } from './checks/demo.mjs';
import { docs } from './checks/docs.mjs';
import { faults } from './checks/faults.mjs';
import { checkSamples } from './checks/samples.mjs';
import { attw, generated, imports, pins, publint, style, types, unused } from './checks/static.mjs';
import { bin, Failure, runToEnd } from './lib/exec.mjs';
import { cache, readJson, root } from './lib/paths.mjs';

/**
 * A check returns a few words about what it found, or throws a Failure.
 * @type {Record<string, () => Promise<string | undefined>>}
 */
const CHECKS = {
  types,
  style,
  imports,
  unused,
  pins,
  generated,
  publint,
  attw,
  docs,
  samples: checkSamples,
  install,
  bundle,
  browser,
  models,
  demo,
  faults,
  conformance,
};

const only = process.argv.slice(2);
const unknown = only.filter((name) => name !== 'unit' && !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}. There are: ${[...Object.keys(CHECKS), 'unit'].join(', ')}.`);
  process.exit(2);
}
const wanted = (/** @type {string} */ name) => only.length === 0 || only.includes(name);

let passed = 0;
let failed = 0;
for (const [name, check] of Object.entries(CHECKS)) {
  if (!wanted(name)) continue;
  const start = performance.now();
  const time = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    const found = await check();
    passed += 1;
    console.log(`ok   ${name.padEnd(10)} ${time()}${found ? `  ${found}` : ''}`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 0) {
      console.log(`SKIP ${name.padEnd(10)} ${error.message}`);
      continue;
    }
    failed += 1;
    console.log(`FAIL ${name.padEnd(10)} ${time()}\n${error.message}\n`);
    if (error.code === 130) process.exit(130);
  }
}

if (wanted('unit')) {
  mkdirSync(cache, { recursive: true });
  const report = join(cache, 'vitest.json');
  const args = [bin('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const started = Date.now();
  const code = await runToEnd(process.execPath, args, { cwd: root });
  const { numPassedTests, numFailedTests, numFailedTestSuites, startTime } = readReport(report);
  if (startTime < started)
    failed += 1; // vitest ended before it wrote a report
  else {
    passed += numPassedTests;
    failed += numFailedTests || (code === 0 ? 0 : Math.max(1, numFailedTestSuites)); // a file that does not even load
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** @param {string} file */
function readReport(file) {
  try {
    return readJson(file);
  } catch {
    return { startTime: 0 };
  }
}
