import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const MARK = '<!-- Written by hand; kept when the tables are written again. -->';

/** Writes the parts of a Markdown file; what stands at its end after the mark stays. */
export function writeReport(path, parts) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const at = before.indexOf(MARK);
  const kept = at < 0 ? `${MARK}\n` : before.slice(at);
  writeFileSync(path, `${parts.join('\n\n')}\n\n${kept}`);
  console.error(`Wrote ${relative('', path)}`);
}

/** A section as a report has it, for runs that are elsewhere: its heading to the next one. */
export function sectionOf(path, title) {
  const [, ...sections] = existsSync(path) ? readFileSync(path, 'utf8').split(/\n(?=## |<!--)/) : [];
  return sections.filter((section) => section.startsWith(`## ${title}\n`)).map((section) => section.trimEnd());
}
