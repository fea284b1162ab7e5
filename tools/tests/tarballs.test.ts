import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { tarballs } from '../lib/consumer.mjs';
import { publicPackages, readJson, root } from '../lib/paths.mjs';

// What is in the packages as they are published.

const work = mkdtempSync(join(tmpdir(), 'ringformer-tarballs-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const packed = await tarballs();

/** The files of a tarball, unpacked. */
function unpack(tarball: string): { folder: string; files: string[] } {
  const folder = mkdtempSync(join(work, 'package-'));
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return { folder, files: entries.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)) };
}

it('there is one of every public package', () => {
  const names = publicPackages().map(({ manifest }) => manifest.name.replace('@', '').replace('/', '-'));
  const found = packed.map((file) => basename(file).replace(/-\d+\.\d+\.\d+.*$/, ''));
  expect(names.filter((name) => !found.includes(name))).toEqual([]);
});

it.each(packed.map((file) => [basename(file), file]))(
  '%s holds what its users need, and nothing else',
  (_, tarball) => {
    const { folder, files } = unpack(tarball);
    const manifest = readJson(join(folder, 'package.json'));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    expect(
      files.filter((file) => /(^|\/)(src|tests?|fixtures|node_modules)\/|\.(test|spec)\.|tsconfig|tsup/.test(file)),
    ).toEqual([]);
    expect(JSON.stringify(manifest)).not.toContain('workspace:');

    // Every entry is there; a map belongs to a file and holds its sources, by paths inside the repository.
    const named = JSON.stringify([
      manifest.main,
      manifest.module,
      manifest.types,
      manifest.bin,
      manifest.exports ?? null,
    ]);
    const paths = [...named.matchAll(/"(?:\.\/)?((?:dist|model)\/[^"*]+)"/g)].map(([, path = '']) => path);
    expect(paths.filter((path) => !files.includes(path))).toEqual([]);
    for (const file of files.filter((file) => file.endsWith('.map'))) {
      expect(files, file).toContain(file.slice(0, -'.map'.length));
      const { sources, sourcesContent } = readJson(join(folder, file));
      expect(sourcesContent?.filter((text: unknown) => typeof text === 'string').length, file).toBe(sources.length);
      expect(sources.filter((source: string) => !source.startsWith('../'))).toEqual([]);
    }
    for (const file of files.filter((file) => /\.[cm]?js$/.test(file))) {
      const code = readFileSync(join(folder, file), 'utf8');
      const map = /^\/\/# sourceMappingURL=(?!data:)(.+)$/m.exec(code)?.[1];
      if (map) expect(existsSync(join(folder, file, '..', map)), file).toBe(true);
      expect(code.includes(root), `${file} names a folder of this machine`).toBe(false);
    }
  },
);
