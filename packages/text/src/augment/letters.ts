import { randomInteger } from '../random.ts';
import type { TextPair } from '../text-pair.ts';

/** Both sides in capitals, as in headings and shouting. */
export function toCapitals({ source, target }: TextPair): TextPair {
  return { source: source.toUpperCase(), target: target.toUpperCase() };
}

/** The source in lower case, or only its first letter; the target stays as it should be written. */
export function toSmallLetters({ source, target }: TextPair, random: () => number): TextPair {
  if (random() < 2 / 3) return { source: source.toLowerCase(), target };
  return { source: source.charAt(0).toLowerCase() + source.slice(1), target };
}

/** Both sides without their final full stop, exclamation or question mark; the pair unchanged if one side has none. */
export function withoutFinalMark(pair: TextPair): TextPair {
  const source = pair.source.replace(FINAL_MARK, '');
  const target = pair.target.replace(FINAL_MARK, '');
  const cut = source !== pair.source && target !== pair.target && source !== '' && target !== '';
  return cut ? { source, target } : pair;
}

const FINAL_MARK = /\s*[.!?…]+$/u;

/** Whether a text ends like a sentence. */
export const endsSentence = (text: string): boolean => /[.!?…]["'”“’»«)\]]*$/u.test(text);

const NEIGHBOURS: Record<string, string> = {
  ...{ a: 'sqy', b: 'vnh', c: 'xvd', d: 'sfe', e: 'wrd', f: 'dgr', g: 'fht', h: 'gjz', i: 'uok', j: 'hku', k: 'jli' },
  ...{ l: 'kop', m: 'nk', n: 'bmh', o: 'ipl', p: 'oül', q: 'wa', r: 'etf', s: 'adw', t: 'rzg', u: 'zij', v: 'cbf' },
  ...{ w: 'qes', x: 'ycs', y: 'xas', z: 'tuh', ä: 'öü', ö: 'lä', ü: 'pö' },
};
const WORD = /(?:(?![\u{10000}-\u{10ffff}])\p{L}){4,}/gu; // only letters of one UTF-16 unit
const TRANSCRIBED: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ß: 'ss' };

/**
 * The source with a typing error in one word of four or more letters: two letters swapped, or one left out, doubled or
 * replaced by its neighbour on the keyboard; or with every umlaut written as two letters.
 */
export function withTypingError(pair: TextPair, random: () => number): TextPair {
  const { source, target } = pair;
  if (random() < 0.25 && /[äöüÄÖÜß]/.test(source)) {
    return { source: source.replace(/[äöüÄÖÜß]/g, (letter) => TRANSCRIBED[letter] as string), target };
  }
  const words = [...source.matchAll(WORD)];
  const word = words[Math.floor(random() * words.length)];
  if (word === undefined) return pair;
  const at = word.index + randomInteger(random, 1, word[0].length - 2); // never the first letter
  const [here = '', next = ''] = [source.charAt(at), source.charAt(at + 1)];
  const keys = NEIGHBOURS[here] ?? here;
  const typed = [next + here, next, here + here + next, keys.charAt(Math.floor(random() * keys.length)) + next][
    Math.floor(random() * 4)
  ] as string;
  return { source: source.slice(0, at) + typed + source.slice(at + 2), target };
}
