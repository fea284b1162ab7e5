import { splitSpaces } from './python-text.ts';

/** How BLEU splits sentences into words; the names are sacreBLEU's. */
export type BleuTokenize = '13a' | 'intl' | 'char' | 'none';

/** The words of a sentence. */
export const BLEU_TOKENIZERS: Readonly<Record<BleuTokenize, (text: string) => string[]>> = {
  '13a': tokenize13a,
  intl: tokenizeInternational,
  char: (text) => splitSpaces(Array.from(text).join(' ')),
  none: splitSpaces,
};

/**
 * What NIST's mteval-v13a.pl does: decodes four XML entities and splits ASCII punctuation off words, but not off numbers.
 */
function tokenize13a(text: string): string[] {
  const plain = text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return splitSpaces(
    ` ${plain} `
      .replace(/[!-&(-+/:-@[-`{-~]/gu, ' $& ') // ASCII punctuation except ' , - .
      .replace(/([^0-9])([.,])/gu, '$1 $2 ')
      .replace(/([.,])([^0-9])/gu, ' $1 $2')
      .replace(/([0-9])-/gu, '$1 - '),
  );
}

/**
 * What mteval-v14.pl does with --international-tokenization: splits off all symbols, and all punctuation except inside
 * numbers.
 */
function tokenizeInternational(text: string): string[] {
  return splitSpaces(
    text
      .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
      .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
      .replace(/\p{S}/gu, ' $& '),
  );
}
