const NUMBER = String.raw`(?<![\p{L}\d.,]|\d[ \u00a0\u202f])\d(?:[\d.,]{0,7}\d)?[ \u00a0\u202f]`;

/** Patterns, with their words, of a unit that is short after a number: 'Min.' is 'Minute' after 1 and else 'Minuten'. */
export function inWords(short: string, unit: string, plural: string): [pattern: string, words: string][] {
  const written = String.raw`${short}(?:\.(?=[,;:)]|\s+\S)|(?=\.[\s"”“’»«]*$))`;
  return [
    [`(?<=(?<![\\p{L}\\d.,]|\\d[ \\u00a0\\u202f])1[ \\u00a0\\u202f])${written}`, unit],
    [`(?<=${NUMBER})(?<!(?<![\\d.,])1[ \\u00a0\\u202f])${written}`, unit + plural],
  ];
}
