import { type Grammar, type Token, type Unit, unitOf } from './unit.ts';

// SubRip (.srt) and WebVTT (https://www.w3.org/TR/webvtt1): cues are a line of times and lines of text, up to a blank line.

/** Numbers, times and tags stay; a translation has at most as many lines as its cue had. */
export const srt: Grammar = grammar({
  tag: /<\/?[a-z][^<>]*>|\{\\[^{}]*\}/gi,
  decode: (text) => text,
  encode: (text) => text,
});

/** The same for WebVTT: its header, notes, styles, settings and time stamps stay as well. */
export const vtt: Grammar = grammar({
  tag: /<[^<>]*>/g,
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

type Words = { readonly tag: RegExp; decode(text: string): string; encode(text: string): string };

const TIMES = /^\s*(\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->\s*(\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}/;

function grammar(words: Words): Grammar {
  return {
    units: (document) => cuesIn(document).flatMap((lines) => cueUnits(lines, document, words)),
    structure: (document) => {
      const texts = cuesIn(document).flat();
      const others: string[] = [];
      let at = 0;
      for (const { from, to } of texts) {
        others.push(document.slice(at, from).replace(/[\r\n]+/g, '\n'));
        others.push(...(document.slice(from, to).match(words.tag) ?? []));
        at = to;
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
      cue = [];
      cues.push(cue);
    } else if (text.trim() === '') cue = undefined;
    else cue?.push({ from: index, to: index + text.length });
  }
  return cues;
}

/** A cue is one text, or one for each line if people speak in turn (each line begins with a dash). */
function cueUnits(lines: readonly Line[], document: string, words: Words): Unit[] {
  const dash = /^\s*(?:<[^<>]*>\s*|\{[^{}]*\}\s*)*[-–—‐]\s*/;
  const turns = lines.map((line) => dash.exec(document.slice(line.from, line.to))?.[0].length ?? 0);
  if (lines.length > 1 && turns.every((length) => length > 0))
    return lines.flatMap(({ from, to }, i) => textUnit([{ from: from + (turns[i] as number), to }], document, words));
  return textUnit(lines, document, words);
}

function textUnit(lines: readonly Line[], document: string, { tag, decode, encode }: Words): Unit[] {
  const tokens: Token[] = [];
  const open: { readonly name: string; readonly pair: number; readonly at: number }[] = [];
  const paired = new Map<number, Token>();
  let pairs = 0;
  for (const [i, line] of lines.entries()) {
    if (i > 0) tokens.push({ kind: 'text', from: (lines[i - 1] as Line).to, to: line.from, text: ' ' });
    let at = line.from;
    const text = (to: number) => {
      if (to > at) tokens.push({ kind: 'text', from: at, to, text: decode(document.slice(at, to)) });
    };
    for (const found of document.slice(line.from, line.to).matchAll(tag)) {
      const from = line.from + found.index;
      const to = from + found[0].length;
      text(from);
      at = to;
      const [, slash, name = ''] = /^<(\/?)([a-z]+)/i.exec(found[0]) ?? [];
      const begun = slash === '/' ? open.at(-1) : undefined;
      if (begun?.name === name) {
        open.pop();
        const { from: start, to: stop } = tokens[begun.at] as Token;
        paired.set(begun.at, { kind: 'open', pair: begun.pair, from: start, to: stop });
        tokens.push({ kind: 'close', pair: begun.pair, from, to });
      } else {
        if (slash === '' && name !== '') open.push({ name, pair: pairs++, at: tokens.length });
        tokens.push({ kind: 'fixed', from, to });
      }
    }
    text(line.to);
  }
  const all = tokens.map((token, i) => paired.get(i) ?? token);
  // a tag without its end, such as a speaker's name or a position, applies to what follows
  const first = all.findIndex(
    (token) => token.kind !== 'fixed' && !(token.kind === 'text' && token.text.trim() === ''),
  );
  const newline = /\r\n|\n|\r/.exec(document)?.[0] ?? '\n';
  return unitOf(first < 0 ? [] : all.slice(first), {
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
