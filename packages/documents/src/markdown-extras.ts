// What people write in Markdown files beside CommonMark and GitHub's additions: formulas, components and expressions of MDX,
// templates, directives, attributes. None of it is language, and to a parser of Markdown much of it is text.

/** A document of the same length in which one of two letters stands for each character of such a part. */
export type Masked = {
  readonly text: string;
  /** In order, as written. */
  readonly parts: readonly string[];
  /** The letters: of what stands for a word within a sentence, and of what stands apart. */
  readonly word: string;
  readonly apart: string;
};

type Range = { readonly from: number; readonly to: number };

const ATTRIBUTE = String.raw`\s+(?:[\w:.-]+(?:=(?:"[^"]*"|'[^']*'|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}))?|\{\.{3}[^{}]*\})`;

const APART: readonly RegExp[] = [
  /(?<=^[ \t>]*)\$\$[\s\S]*?\$\$/gm, // a formula
  /(?<=^[ \t>*+-]*)\[![A-Z]+\][+-]?/gm, // the kind of an alert
  new RegExp(`<(?=[^>]*\\{)[A-Z][\\w.]*(?:${ATTRIBUTE})*\\s*/?>`, 'g'), // a component; without braces it is HTML
  /(?<=^[ \t>]*)(?:import\s[^\n]*?\sfrom\s*["'][^\n]*|import\s*["'][^\n]*|export\s+(?:default|const|let|function|\{|\*)[^\n]*)(?:\n[^\n]+)*/gm,
  /\{\/\*[\s\S]*?\*\/\}/g, // a comment
  /\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/g, // statements and comments of templates
  /(?<=\S[ \t]+)\{[#.:][^{}\n]*\}(?=[ \t]*$)/gm, // attributes of a heading
  /(?<=^[ \t>]*):{3,}[ \t]*\{?[\w-]*(?:\{[^{}\n]*\})?\}?/gm, // a directive
  /\n(?<=^[ \t>]*:{3,}[^\n]*\n)(?=[^\n]*\S)/gm, // its title ends with its line
  /\n[ \t]*:[ \t]+(?=\S)/g, // a definition
];

const WORDS: readonly RegExp[] = [
  /(?<![\\$])\$\$(?=[^\s$])[^$\n]{1,400}\$\$(?!\$)/g, // a formula within a line
  /(?<![\\$\p{L}\p{N}])\$(?=[^\s$])(?:[^$\\\n]|\\.|\n(?!\s*\n)){0,400}?(?<=[^\s\\])\$(?![$\p{L}\p{N}{])/gu, // a formula; not from one ${name} to another
  /\{\{[\s\S]*?\}\}/g, // a value
  /\{[A-Za-z_$][\w$]*(?:\.[\w$]+|\[[^[\]{}\n]*\])*(?:\([^(){}\n]*\))?\}/g, // an expression
  /(?<![\w:]):[a-z][a-z0-9_+-]*:(?![\w:])/g, // an emoji
];

/** `isFree`: whether a range may be masked, because it is not in code. */
export function masked(document: string, isFree: (range: Range) => boolean): Masked {
  const [word, apart] = unused(document);
  const found: (Range & { readonly letter: string })[] = [];
  for (const [letter, patterns] of [
    [apart, APART],
    [word, WORDS],
  ] as const) {
    for (const pattern of patterns) {
      for (const { 0: text, index } of document.matchAll(pattern)) {
        const range = { from: index, to: index + text.length };
        const isNew = !found.some(({ from, to }) => from < range.to && range.from < to);
        if (text !== '' && isNew && isFree(range)) found.push({ ...range, letter });
      }
    }
  }
  found.sort((a, b) => a.from - b.from);
  let [text, at] = ['', 0];
  for (const { from, to, letter } of found) {
    text += document.slice(at, from) + letter.repeat(to - from);
    at = to;
  }
  return {
    text: text + document.slice(at),
    parts: found.map(({ from, to }) => document.slice(from, to)),
    word,
    apart,
  };
}

/** Two characters for private use that a document doesn't have. */
function unused(document: string): [string, string] {
  const free: string[] = [];
  for (let code = 0xe000; code < 0xf8ff && free.length < 2; code++) {
    const letter = String.fromCharCode(code);
    if (!document.includes(letter)) free.push(letter);
  }
  return free as [string, string];
}
