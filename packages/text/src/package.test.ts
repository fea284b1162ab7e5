import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it, vi } from 'vitest';
import * as text from './index.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** What a module imports, through all files beside it; types don't count. */
function imports(path: string, folder = './', seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  if (!path.startsWith('./')) return seen;
  for (const [, from = ''] of read(folder + path).matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)';/gm)) {
    imports(from.startsWith('.') ? `./${posix.join(posix.dirname(path), from)}` : from, folder, seen);
  }
  return seen;
}

it('needs no Node module in a browser, and of other packages only the base of core, which needs none either', () => {
  const all = [...imports('./index.ts')];
  expect(all).toContain('./merge-bytes.ts');
  const others = (paths: Iterable<string>) => [...paths].filter((path) => !path.startsWith('./')).sort();
  expect(others(all)).toEqual(['@ringformer/core/base']);
  expect(others(imports('./node.ts'))).toEqual([
    '@ringformer/core/base',
    'node:crypto',
    'node:fs',
    'node:path',
    'node:stream',
    'node:zlib',
  ]);
  const base = imports('./base.ts', '../../core/src/');
  expect([...base]).toContain('./random.ts');
  expect(others(base)).toEqual([]);
});

it('does what the README says', async () => {
  const code = /```ts\n([\s\S]*?)```/.exec(read('../README.md'))?.[1] ?? '';
  const body = code.replace(/^import (\{.*\}) from '@ringformer\/text';/m, 'const $1 = text;');
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await new Function('text', `return (async () => {${body}})()`)(text);
    expect(log.mock.calls[0]).toEqual(['Wo ist der Hof? 😀']);
    expect(String(log.mock.calls[1]?.[0]).replaceAll('|', '')).toBe('Wo ist der Hof? 😀');
    expect(log.mock.calls[2]?.[0]).toMatch(
      /^BLEU\|nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|version:2\.6\.0 = 42\./,
    );
  } finally {
    log.mockRestore();
  }
});
