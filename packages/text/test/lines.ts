import { readFileSync } from 'node:fs';

/** The 2000 test sentences of a language. */
export function testLines(language: 'de' | 'en'): string[] {
  return readFileSync(new URL(`./tatoeba/devtest.${language}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
}

/** Texts that break tokenizers: nothing, control characters, both forms of an umlaut, emoji, odd spaces, long lines. */
export const ODD_TEXTS = [
  '',
  ' ',
  '   two  spaces \t\n x  ',
  'Die Übermütigen (NFC)',
  'Die Übermütigen (NFD)'.normalize('NFD'),
  '😀👨‍👩‍👧🇩🇪 ok',
  '\u0000\u0001\u001f\u007f\u0080\u009f',
  'a\u0085b\ufeffc\u00a0d\u2028e\u200bf',
  '\ufeffbyte order mark',
  "don’t it's 'tis THEY'RE O'Neill's",
  '12345 6.7 ²³ ٣ Ⅷ 1,5 €',
  '\r\nIch habe 2 Äpfel.\r\n',
  '日本語のテキスト עברית العربية ไทย',
  'x'.repeat(10_000),
  'Straße '.repeat(1_429).slice(0, 10_000),
  'äöüß😀'.repeat(1_667).slice(0, 10_000),
];
