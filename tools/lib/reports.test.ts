import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './paths.mjs';
import { readReport } from './reports.mjs';

it('names the failed tests of Vitest, and a file that did not load', () => {
  const test = (title: string, status: string) => ({ ancestorTitles: ['outer'], title, status });
  const testResults = [
    {
      name: join(root, 'a.test.ts'),
      status: 'failed',
      assertionResults: [test('one', 'failed'), test('two', 'passed')],
    },
    { name: join(root, 'b.test.ts'), status: 'failed', assertionResults: [] },
    { name: join(root, 'c.test.ts'), status: 'passed', assertionResults: [test('three', 'passed')] },
  ];
  const found = readReport({ numPassedTests: 2, testResults });
  expect(found).toEqual({ passed: 2, failed: ['a.test.ts › outer › one', 'b.test.ts'] });
});

it('names the failed tests of Playwright', () => {
  const spec = (title: string, ok: boolean) => ({ title, ok });
  const inner = { title: 'phone', specs: [spec('slow', false), spec('fast', true)] };
  const suites = [{ title: 'demo.spec.ts', specs: [spec('starts', false)], suites: [inner] }];
  const found = readReport({ stats: { expected: 4, flaky: 1, unexpected: 2 }, suites });
  expect(found).toEqual({ passed: 5, failed: ['demo.spec.ts › starts', 'demo.spec.ts › phone › slow'] });
});
