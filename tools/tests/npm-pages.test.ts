import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publicPackages, root } from '../lib/paths.mjs';

// What npm shows of a package. It resolves relative links in a README against `repository`, but not pictures.

const REPOSITORY = 'https://github.com/ringformer/ringformer';
const RAW = 'https://raw.githubusercontent.com/ringformer/ringformer/main/';

/** The targets of the links, or of the pictures, in Markdown. */
function targets(markdown: string, picture: boolean): string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/(!?)\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)];
  const tags = [...prose.matchAll(/<(img|a)\b[^>]*?(?:src|href)="([^"]+)"/g)];
  return [
    ...links.flatMap(([, mark, to = '']) => ((mark === '!') === picture ? [to] : [])),
    ...tags.flatMap(([, tag, to = '']) => ((tag === 'img') === picture ? [to] : [])),
  ];
}

/** Whether this is a file or folder of the repository. */
function there(path: string): boolean {
  return !path.startsWith('..') && existsSync(join(root, path));
}

describe.each(publicPackages())('$folder', ({ folder, manifest }) => {
  const readme = readFileSync(join(root, folder, 'README.md'), 'utf8');

  it('says what it is and where it comes from', () => {
    expect(manifest.description).toMatch(/^[A-Z].{30,}\.$/);
    expect(manifest.keywords?.length).toBeGreaterThan(2);
    expect(manifest.homepage).toBe(`${REPOSITORY}/tree/main/${folder}#readme`);
    expect(manifest.bugs).toBe(`${REPOSITORY}/issues`);
    expect(manifest.repository).toEqual({ type: 'git', url: `git+${REPOSITORY}.git`, directory: folder });
  });

  it('links only to what exists', () => {
    const links = targets(readme, false).filter((to) => !/^(https?:|mailto:|#)/.test(to));
    expect(links.filter((to) => !there(posix.join(folder, to.replace(/#.*/, ''))))).toEqual([]);
  });

  it('shows pictures by absolute addresses of files that exist', () => {
    for (const to of targets(readme, true).filter((to) => !to.startsWith(`${REPOSITORY}/actions/`))) {
      expect(to).toContain('https://');
      if (to.startsWith(RAW)) expect(statSync(join(root, to.slice(RAW.length))).isFile(), to).toBe(true);
    }
  });
});
