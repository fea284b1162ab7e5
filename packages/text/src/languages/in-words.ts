const SPACE = String.raw`[ \u00a0\u202f]`;
const NOT_WITHIN = String.raw`(?<![\p{L}\d.,]|\d${SPACE})`;
const NUMBER = String.raw`${NOT_WITHIN}\d(?:[\d.,]{0,7}\d)?${SPACE}`;

/** Patterns, with their words, of a unit that is short after a number: 'Min.' is 'Minute' after 1 and else 'Minuten'. */
export function inWords(short: string, unit: string, plural: string): [pattern: string, words: string][] {
  const written = String.raw`${short}(?:\.(?=[,;:)]|\s+\S)|(?=\.[\s"”“’»«]*$))`;
  return [
    [`(?<=${NOT_WITHIN}1${SPACE})${written}`, unit],
    [`(?<=${NUMBER})(?<!(?<![\\d.,])1${SPACE})${written}`, unit + plural],
  ];
}
