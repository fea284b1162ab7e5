import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { root } from '../../tools/lib/paths.mjs';
import { inRepository } from '../repository.mjs';

/** The place of a Markdown file on the site: the pages of docs/ first, then the READMEs of the packages. */
export function place(path: string): string {
  if (path === 'docs/README.md') return 'how-the-parts-fit.md';
  const folder = /^(packages\/[^/]+)\/README\.md$/.exec(path)?.[1];
  if (folder) return `${folder}.md`;
  return path.replace(/^docs\//, '').replace(/\/README\.md$/, '/index.md');
}

const isPage = (path: string) => /^(docs\/(?!public\/).*|packages\/[^/]+\/README)\.md$/.test(path);

/** The anchor of a heading, as GitHub makes it, so that a link works there as it does here. */
export function slug(heading: string): string {
  const kept = heading.toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '');
  return kept.replaceAll(' ', '-');
}

/** Where a relative link leads on the site: to a page, or out into the repository. Throws if it leads nowhere. */
function lead(href: string, file: string): string | undefined {
  const [, path = '', anchor = ''] = /^([^#]*)(.*)$/.exec(href) ?? [];
  let target = relative(root, join(dirname(file), decodeURI(path)));
  if (!existsSync(join(root, target)))
    throw new Error(`${relative(root, file)} links to ${href}, which does not exist.`);
  const readme = join(target, 'README.md');
  if (isPage(readme) && existsSync(join(root, readme)) && statSync(join(root, target)).isDirectory()) target = readme;
  return isPage(target)
    ? `/${place(target).replace(/(^|\/)index\.md$/, '$1')}${anchor}`
    : inRepository(target + anchor);
}

/** Leads links between Markdown files to pages, those to files of docs/public to downloads, and all others into the repository. */
export function leadLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('lead-links', ({ tokens, env }) => {
    for (const token of tokens.flatMap((block) => block.children ?? [])) {
      if (token.type !== 'link_open') continue;
      const href = token.attrGet('href') ?? '';
      if (/^([a-z]+:|[/#]|$)/i.test(href)) continue;
      const file = env.realPath ?? env.path;
      const download = relative(join(root, 'docs/public'), join(dirname(file), href));
      if (existsSync(join(root, 'docs/public', download)) && !download.startsWith('..')) {
        token.attrSet('href', `/${download}`);
        token.attrSet('download', '');
      } else token.attrSet('href', lead(href, file) ?? '#');
    }
  });
}
