import { type Grammar, inAnyOrder, type Token, type Unit, unitOf } from './unit.ts';

// SubRip (.srt) and WebVTT (https://www.w3.org/TR/webvtt1): cues are a line of times and lines of text, up to a blank line.

/** Numbers, times and tags stay; a translation has at most as many lines as its cue had. */
export const srt: Grammar = grammar({
  tag: /<\/?[a-z][^<>]*>|\{\\[^{}]*\}/gi,
  decode: (text) => text,
  encode: (text) => text,
});

/** The same for WebVTT: its header, notes, styles, settings and time stamps stay as well. */
export const vtt: Grammar = grammar({
  tag: /<ruby>[\s\S]*?<\/ruby>|<[^<>]*>/g,
  foreign: (language) => String.raw`<lang\s+(?!${language.split(/[-_]/)[0]}\b)[^<>]*>[^<>]*<\/lang>`,
  decode: (text) => text.replace(/&(amp|lt|gt|nbsp|lrm|rlm);/g, (_, name: string) => NAMED[name] as string),
  encode: (text) =>
    text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replaceAll('\u00a0', '&nbsp;'),
});

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: '\u00a0',
  lrm: '\u200e',
  rlm: '\u200f',
};

type Words = {
  readonly tag: RegExp;
  readonly foreign?: (language: string) => string;
  decode(text: string): string;
  encode(text: string): string;
};

const TIMES = /^\s*(\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->\s*(\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}/;

function grammar(words: Words): Grammar {
  return {
    units(document, language) {
      const foreign = language !== undefined && words.foreign?.(language);
      const tag = foreign ? new RegExp(`${foreign}|${words.tag.source}`, words.tag.flags) : words.tag;
      return cuesIn(document).flatMap((lines) => cueUnits(lines, document, { ...words, tag }));
    },
    structure: (document) => {
      const others: string[] = [];
      let at = 0;
      for (const lines of cuesIn(document)) {
        const tags: string[] = [];
        for (const { from, to } of lines) {
          others.push(document.slice(at, from).replace(/[\r\n]+/g, '\n'));
          tags.push(...(document.slice(from, to).match(words.tag) ?? []));
          at = to;
        }
        others.push(...inAnyOrder(tags));
      }
      const rest = document.slice(at);
      return [others.filter((text) => text.trim() !== ''), rest, cuesIn(document).length];
    },
  };
}

type Line = { readonly from: number; readonly to: number };

/** The lines of text of each cue. */
function cuesIn(document: string): Line[][] {
  const cues: Line[][] = [];
  let cue: Line[] | undefined;
  for (const { 0: line, index } of document.matchAll(/[^\r\n]*(?:\r\n|\n|\r|$)/g)) {
    const text = line.replace(/[\r\n]+$/, '');
    if (TIMES.test(text)) {
      const last = cue?.at(-1);
      if (last && /^\s*\d+\s*$/.test(document.slice(last.from, last.to))) cue?.pop(); // a number without a blank line before
      cue = [];
      cues.push(cue);
    } else if (text.trim() === '') cue = undefined;
    else cue?.push({ from: index, to: index + text.length });
  }
  return cues;
}

const TAGS = String.raw`(?:<[^<>]*>\s*|\{\\[^{}]*\}\s*)*`;
const NAME = String.raw`\p{Lu}[\p{Lu}\p{N} .'’-]*:`;
/** How a line begins if somebody speaks: with a dash, or with a name in capitals. */
const TURN = new RegExp(`^\\s*${TAGS}(?:[-–—‐]\\s*${TAGS}(?:${NAME}\\s+)?|${NAME}\\s+)`, 'u');
/** A line that is a song or a noise, and no part of what is said around it. */
const APART = new RegExp(`^\\s*${TAGS}(?:[♩-♯].*[♩-♯]|[#*]\\s.*\\s[#*]|\\([^()]*\\)|\\[[^[\\]]*\\])\\s*${TAGS}$`, 'u');
const REMARK = /^\s*(?:\([^()]*\)|\[[^[\]]*\])(?=\s*\S)/;

/** A cue is one text, unless people speak in turn: lines that begin with dashes, names or voices are texts of their own, as are songs and noises. */
function cueUnits(lines: readonly Line[], document: string, words: Words): Unit[] {
  const textOf = ({ from, to }: Line) => document.slice(from, to);
  const turns = lines.map((line) => TURN.exec(textOf(line))?.[0].length ?? 0);
  const isApart = lines.map((line) => APART.test(textOf(line)));
  const sings = (line: Line) => /^[^\p{L}\p{N}]*[♩-♯]/u.test(textOf(line));
  const begins = (line: Line, i: number) =>
    i === 0 || (turns[0] && turns[i]) || isApart[i] || isApart[i - 1] || sings(line) || /^\s*<v[.\s]/.test(textOf(line))
      ? [i]
      : [];
  const starts = lines.flatMap(begins);
  const dashed = (line: Line) => /^\s*[-–—‐]/.test(textOf(line).replace(/^(?:<[^<>]*>|\{\\[^{}]*\}|\s)*/, ''));
  const isTurn = starts.length > 1 || (lines[0] && !dashed(lines[0]));
  return starts.flatMap((start, k) => {
    const some = lines.slice(start, starts[k + 1]);
    const [head] = some as [Line];
    const begun = { from: head.from + (isTurn ? (turns[start] ?? 0) : 0), to: head.to };
    const remark = REMARK.exec(textOf(begun))?.[0].length ?? 0;
    const said = [{ ...begun, from: begun.from + remark }, ...some.slice(1)];
    return [
      ...(remark > 0 ? textUnit([{ from: begun.from, to: begun.from + remark }], document, words) : []),
      ...textUnit(said, document, words),
    ];
  });
}

/** `{\i1}` begins what `{\i0}` ends. */
const nameOf = (tag: string): { readonly name: string; readonly ends: boolean } | undefined => {
  const [, slash, name, letter, ends] = /^(?:<(\/?)([a-z]+)|\{\\([bius])([01])\}$)/i.exec(tag) ?? [];
  if (name !== undefined) return { name: name.toLowerCase(), ends: slash === '/' };
  return letter === undefined ? undefined : { name: `\\${letter}`, ends: ends === '0' };
};

function textUnit(lines: readonly Line[], document: string, { tag, decode, encode }: Words): Unit[] {
  const tokens: Token[] = [];
  const open: { readonly name: string; readonly pair: number; readonly at: number }[] = [];
  let pairs = 0;
  for (const [i, line] of lines.entries()) {
    if (i > 0) tokens.push({ kind: 'text', from: (lines[i - 1] as Line).to, to: line.from, text: '\n' });
    let at = line.from;
    const text = (to: number) => {
      if (to > at) tokens.push({ kind: 'text', from: at, to, text: decode(document.slice(at, to)) });
    };
    for (const found of document.slice(line.from, line.to).matchAll(tag)) {
      const from = line.from + found.index;
      const to = from + found[0].length;
      text(from);
      at = to;
      const isWhole = found[0].includes('</', 1);
      const { name, ends } = (isWhole ? undefined : nameOf(found[0])) ?? { name: '', ends: false };
      const begun = ends ? open.at(-1) : undefined;
      if (begun?.name === name) {
        open.pop();
        const start = tokens[begun.at] as Token;
        tokens[begun.at] = { kind: 'open', pair: begun.pair, from: start.from, to: start.to };
        tokens.push({ kind: 'close', pair: begun.pair, from, to });
      } else {
        if (!ends && name !== '') open.push({ name, pair: pairs++, at: tokens.length });
        tokens.push({ kind: 'fixed', from, to, aside: !isWhole }); // until it is closed
      }
    }
    text(line.to);
  }
  const newline = /\r\n|\n|\r/.exec(document)?.[0] ?? '\n';
  return unitOf(tokens, {
    quote: encode,
    layOut: (written) => inLines(written, lines.length, tag).join(newline),
  });
}

/** At most `count` lines of about the same length; tags take no room and are not broken. */
function inLines(text: string, count: number, tag: RegExp): string[] {
  const words = text
    .trim()
    .replace(/\s+/g, ' ')
    .split(/ (?![^<>]*>)(?![^{}]*\})/);
  const size = (word: string) => word.replace(tag, '').length;
  const total = words.reduce((sum, word) => sum + size(word) + 1, 0);
  const lines: string[][] = [[]];
  let length = 0;
  for (const word of words) {
    const more = size(word) + 1;
    const full = length + more / 2 > total / count && (lines.at(-1)?.length ?? 0) > 0;
    if (full && lines.length < count) {
      lines.push([]);
      length = 0;
    }
    lines.at(-1)?.push(word);
    length += more;
  }
  return lines.map((line) => line.join(' '));
}
