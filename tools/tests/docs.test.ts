import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runQuietly } from '../lib/exec.mjs';
import { root } from '../lib/paths.mjs';

it('the Markdown files of the repository have no dead links', async () => {
  const use = 'remark-validate-links=repository:false';
  const ignored = ['docs/api', 'packages/cli/test/shipped'].flatMap((path) => ['--ignore-pattern', path]);
  const args = ['.', '--use', use, ...ignored, '--no-config', '--no-stdout', '--frail', '--quiet'];
  const remark = join(root, 'node_modules/.bin/remark');
  const { code, output } = await runQuietly(remark, [...args, '--no-color'], { cwd: root });
  expect(code, output).toBe(0);
});

it('the site builds, and its links lead to places that exist', async () => {
  const { code, output } = await runQuietly(process.execPath, [join(root, 'docs/site.mjs')], { cwd: root });
  expect(code, output).toBe(0);
  const folder = join(root, 'docs/.vitepress/dist');
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'));
  expect(pages.length).toBeGreaterThan(0);
  expect(lostAnchors(new Map(pages.map((path) => [`/${path}`, readFileSync(join(folder, path), 'utf8')])))).toEqual([]);
});

/**
 * The links of a site to anchors that their page does not have; VitePress itself only checks that pages exist. `pages`: HTML
 * by path, `/guides/x.html`. Returns `page: link`.
 */
function lostAnchors(pages: ReadonlyMap<string, string>): string[] {
  const places = new Map([...pages].map(([path, html]) => [path, new Set(attributes(html, 'id'))]));
  return [...pages].flatMap(([path, html]) =>
    attributes(html, 'href')
      .filter((href) => href.includes('#') && !/^([a-z]+:|#$)/i.test(href))
      .filter((href) => {
        const { pathname, hash } = new URL(href, `http://site${path}`);
        const page = [pathname, `${pathname}.html`, `${pathname}index.html`].find((name) => places.has(name));
        return !page || !places.get(page)?.has(decodeURIComponent(hash.slice(1)));
      })
      .map((href) => `${path}: ${href}`),
  );
}

const attributes = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value.replaceAll('&amp;', '&'));
