// Acceptance: documents with everything that breaks naive tools come back with all markup identical. Both are read with
// parsers that the package itself does not use.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser } from 'htmlparser2';
import MarkdownIt from 'markdown-it';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli } from './cli.ts';

const NAMES = ['handbuch.md', 'seite.html', 'film.srt', 'film.vtt'] as const;
type Name = (typeof NAMES)[number];

const pathOf = (name: Name) => fileURLToPath(new URL(`shipped/${name}`, import.meta.url));
const given = Object.fromEntries(NAMES.map((name) => [name, readFileSync(pathOf(name), 'utf8')]));
const made: Record<string, string> = {};
let said = '';

beforeAll(async () => {
  for (const name of NAMES) {
    const ran = await cli(['translate', '--file', pathOf(name)]);
    expect(ran.code, ran.err).toBe(0);
    said += ran.err;
    made[name] = ran.out;
  }
}, 300_000);

const both = (name: Name): [string, string] => [given[name] as string, made[name] as string];

test('no part had to stay as it is', () => {
  expect(said).not.toMatch(/stays as it is/);
});

describe('Markdown', () => {
  type Token = ReturnType<MarkdownIt['parse']>[number];
  /** Blocks and inline markup with their attributes, code and HTML; no texts. */
  const outline = (tokens: readonly Token[]): unknown[] =>
    tokens.flatMap(({ type, tag, attrs, content, info, markup, children }): unknown[] => {
      if (type === 'text' || type === 'softbreak') return [];
      if (type === 'inline') return [outline(children ?? [])];
      const isCode = /code|fence/.test(type);
      const kept = (attrs ?? []).filter(([name]) => name !== 'alt');
      const html = /^html/.test(type) ? tagsOf(content) : undefined;
      return [[type, tag, kept, info, /^(link|em|strong|s)_/.test(type) ? '' : markup, isCode ? content : html]];
    });
  /** Without front matter and footnotes, which are not CommonMark. */
  const plain = (text: string) => text.replace(/^---[\s\S]*?\n---\n/, '').replace(/^\[\^lang\]:[\s\S]*?(?=^## )/m, '');
  const parser = new MarkdownIt({ html: true, linkify: false });

  test('the same blocks, lists, tables, links, code and HTML, in the same order', () => {
    const [source, target] = both('handbuch.md').map((text) => outline(parser.parse(plain(text), {})));
    expect(target).toEqual(source);
  });

  test('what is no language is there byte for byte, in order', () => {
    const patterns = [
      /^---\n[\s\S]*?\n---\n/g, // front matter
      /<!--[\s\S]*?-->|\{\/\*[\s\S]*?\*\/\}|\{%.*?%\}|\{\{.*?\}\}|\{props\.wert\}/g,
      /\$\$[\s\S]*?\$\$|\$a_1[^$]*\$/g,
      /^(?: {4}(?:```|\/\/|const|Eingerückter|\t)| {8}Code|~~~|`{3,}|import ).*$/gm,
      /\]\([^()]*(?:\([^()]*\))?[^()]*\)|^\[\^?[^\]]*\]: (?:<.*?>|http\S+|\S+\.\w+).*$/gm,
      /<(?!img)[^<>\n]*>/g,
      /\[\^\w+\]|^\s*(?:[-+*]|\d+[.)]) (?:\[[ x]\] )?|^ *(?:> ?)+|^\|?[-:| ]+\|?$/gm,
      /\[!NOTE\]|:::(?:tip)?|:smile:|\{#ankunft \.wichtig\}/g,
      /(?<![\\`])(`{1,2})(?!`)[^\n]+?(?<!`)\1(?!`)|https?:\/\/[^\s)>]+|\S+@\S+\.org/g,
    ];
    const [source, target] = both('handbuch.md');
    for (const pattern of patterns) expect(target.match(pattern), String(pattern)).toEqual(source.match(pattern));
  });

  test('as many lines, except where lines of a sentence are one', () => {
    const [source, target] = both('handbuch.md').map((text) => text.split('\n\n').length);
    expect(target).toBe(source);
  });
});

describe('HTML', () => {
  test('the same tags, attributes, comments, scripts and styles', () => {
    const [source, target] = both('seite.html').map(events);
    expect(target).toEqual(source);
  });

  test('tags stand there as they were written', () => {
    const [source, target] = both('seite.html').map((text) => writtenTags(text));
    expect(target).toEqual(source);
  });
});

describe.each(['film.srt', 'film.vtt'] as const)('%s', (name) => {
  const isTime = /-->/;
  test('the same numbers, times, settings, notes and blank lines', () => {
    const [source, target] = both(name).map((text) => text.split(/(?<=\r\n|[^\r]\n|^\n)/));
    expect((target as string[]).length).toBe((source as string[]).length);
    const isText = cueLines(source as string[]);
    for (const [i, line] of (source as string[]).entries()) if (!isText.has(i)) expect(target?.[i]).toBe(line);
    expect((target as string[]).filter((line) => isTime.test(line))).toEqual(
      (source as string[]).filter((line) => isTime.test(line)),
    );
  });

  test('the same tags in each cue', () => {
    const tags = (text: string) =>
      text.split(/\r?\n\s*\r?\n/).map((cue) => cue.match(/<[a-z/\d][^<>]*>|\{\\[^{}]*\}/gi));
    const [source, target] = both(name).map(tags);
    expect(target).toEqual(source);
  });

  test('nothing but texts is translated, and most texts are', () => {
    const [source, target] = both(name).map((text) => text.split('\n'));
    const isText = cueLines(source as string[]);
    const changed = [...isText].filter((i) => source?.[i] !== target?.[i]);
    expect(changed.length).toBeGreaterThan(0.8 * isText.size);
  });
});

/** The numbers of the lines that are texts of cues. */
function cueLines(lines: readonly string[]): Set<number> {
  const found = new Set<number>();
  let isIn = false;
  for (const [i, line] of lines.entries()) {
    if (/-->/.test(line)) isIn = true;
    else if (line.trim() === '') isIn = false;
    else if (isIn) found.add(i);
  }
  return found;
}

const READ = /^(alt|title|placeholder|aria-label|aria-description|label)$/;
const isRead = (tag: string, name: string, all: Readonly<Record<string, string>>) =>
  READ.test(name) ||
  (tag === 'input' && name === 'value' && all.type === 'submit') ||
  (tag === 'meta' && name === 'content' && /description|title/.test(`${all.name}${all.property}`));

/** Everything that a parser reports, without texts and attributes that people read. */
function events(text: string): unknown[] {
  const all: unknown[] = [];
  const stack: string[] = [];
  const parser = new Parser({
    onopentag(name, attributes) {
      stack.push(name);
      all.push([
        name,
        Object.entries(attributes).map(([key, value]) => [key, isRead(name, key, attributes) ? '' : value]),
      ]);
    },
    onclosetag(name) {
      stack.pop();
      all.push(`/${name}`);
    },
    oncomment: (comment) => all.push(comment),
    onprocessinginstruction: (_, data) => all.push(data),
    ontext(part) {
      if (stack.some((name) => /^(script|style|pre|textarea|template|code|kbd|svg|math|ruby)$/.test(name)))
        all.push(part);
    },
  });
  parser.end(text);
  return all;
}

/** Tags as they are written, without the values of attributes that people read. */
function writtenTags(text: string): string[] {
  const tags = text.match(/<!--[\s\S]*?-->|<\/?[a-z][^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*>/gi) ?? [];
  return tags.map((tag) =>
    tag.replace(
      /((?:alt|title|placeholder|aria-label|aria-description|label|value|content)=)("[^"]*"|'[^']*'|[^\s"'>]+)/g,
      '$1',
    ),
  );
}

/** Names of tags in a piece of HTML within Markdown. */
const tagsOf = (text: string) => writtenTags(text);
