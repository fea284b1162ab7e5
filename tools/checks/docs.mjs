// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, Failure, failed, runQuietly } from '../lib/exec.mjs';
import { root } from '../lib/paths.mjs';

/** The documentation: links in the repository's Markdown files, the API reference and the site, and every link on the site. */
export async function docs() {
  const use = 'remark-validate-links=repository:false';
  const args = ['.', '--use', use, '--ignore-pattern', 'docs/api', '--no-config', '--no-stdout', '--frail', '--quiet'];
  const links = await runQuietly(process.execPath, [bin('remark'), ...args, '--no-color'], { cwd: root });
  if (links.code !== 0) throw failed('Links of Markdown files', links);

  const site = await runQuietly(process.execPath, [join(root, 'docs/site.mjs')], { cwd: root });
  if (site.code !== 0) throw failed('The documentation site', site);
  const folder = join(root, 'docs/.vitepress/dist');
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'));
  const lost = lostAnchors(new Map(pages.map((path) => [`/${path}`, readFileSync(join(folder, path), 'utf8')])));
  if (lost.length > 0) throw new Failure(`Links to places that do not exist on the site:\n${lost.join('\n')}`);
  return `${pages.length} pages`;
}

/**
 * The links of a site that name a place which their page does not have; VitePress itself looks for pages only.
 * @param {Map<string, string>} pages HTML by path, `/guides/x.html` @returns {string[]} `page: link`
 */
export function lostAnchors(pages) {
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

/** @param {string} html @param {string} name */
function attributes(html, name) {
  return [...html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&'),
  );
}
