// @ts-check
// The samples of a Markdown file: its fenced blocks, with the settings in HTML comments before them.
//
//   <!-- no-run -->          the next block is type-checked, not run
//   <!-- run -->             the next block, of shell commands, is run; by default only programs are
//   <!-- continues -->       the next block continues the program before it
//   <!-- hidden … -->        lines of code that belong to the next block's program but are not shown

/**
 * A program of a Markdown file: a block, or several that continue one another, and hidden lines.
 * @typedef {object} Sample
 * @property {string} language of its first block, in lower case: `ts`, `sh` …
 * @property {number} line the line of its first fence, from 1
 * @property {string} code with an empty line for every line of the file that is not part of it, so that positions match the
 * file
 * @property {boolean} run whether it should be run
 */

const LANGUAGES = new Map([
  ['typescript', 'ts'],
  ['javascript', 'js'],
  ['mjs', 'js'],
  ['bash', 'sh'],
  ['shell', 'sh'],
]);

/**
 * The fenced blocks of a text, in order.
 * @param {string} markdown @returns {{ language: string, code: string }[]}
 */
export function codeBlocks(markdown) {
  return parts(markdown)
    .filter((part) => part.kind === 'block')
    .map(({ word, code }) => ({ language: word, code }));
}

/**
 * The programs of a text, in order.
 * @param {string} markdown @returns {Sample[]}
 */
export function samples(markdown) {
  /** @type {(Omit<Sample, 'code'> & { lines: string[] })[]} */
  const found = [];
  const height = markdown.split('\n').length;
  /** @type {Set<string>} */
  let words = new Set();
  /** @type {{ line: number, code: string }[]} */
  let hidden = [];
  for (const { kind, word, line, code } of parts(markdown)) {
    if (kind === 'comment') {
      if (word === 'hidden') hidden.push({ line, code });
      else words.add(word);
      continue;
    }
    const language = LANGUAGES.get(word) ?? word;
    const last = found.at(-1);
    const goesOn = words.has('continues') && last !== undefined;
    const sample = goesOn
      ? last
      : {
          language,
          line,
          lines: /** @type {string[]} */ (Array(height).fill('')),
          run: language === 'ts' || language === 'js',
        };
    if (!goesOn) found.push(sample);
    for (const piece of [...hidden, { line, code }]) {
      piece.code.split('\n').forEach((text, i) => {
        if (text !== '') sample.lines[piece.line + i] = text;
      });
    }
    if (words.has('no-run')) sample.run = false;
    if (words.has('run')) sample.run = true;
    words = new Set();
    hidden = [];
  }
  return found.map(({ lines, ...rest }) => ({ ...rest, code: `${lines.join('\n').trimEnd()}\n` }));
}

/**
 * Blocks and the comments about them, in order. `line` is that of the fence or of `<!--`, from 1.
 * @param {string} markdown @returns {{ kind: 'block' | 'comment', word: string, line: number, code: string }[]}
 */
function parts(markdown) {
  const pattern = /^```(\w*)[^\n]*\n(.*?)^```|^<!-- (no-run|run|continues|hidden)\b(.*?)-->/gms;
  return [...markdown.matchAll(pattern)].map(
    ({ 0: all, 1: language, 2: code = '', 3: word = '', 4: text = '', index }) => {
      const line = markdown.slice(0, index).split('\n').length;
      if (all.startsWith('```')) return { kind: 'block', word: (language ?? '').toLowerCase(), line, code };
      return { kind: 'comment', word, line, code: text.replace(/^[^\n]*\n/, '') };
    },
  );
}
