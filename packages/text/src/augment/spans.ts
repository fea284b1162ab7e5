import { randomInteger, randomItem } from '../random.ts';
import type { TextPair } from '../text-pair.ts';
import { replaceEntries } from './swap.ts';
import type { SwapTable } from './table.ts';

/**
 * Puts something that is copied and never translated on both sides: an address, a placeholder, code or an emoji. It replaces
 * a name of the table, or goes in brackets or after a colon at the end, or before the sentence.
 */
export function insertSpan(pair: TextPair, table: SwapTable, random: () => number): TextPair {
  if (random() < 0.15) {
    const emoji = randomItem(random, EMOJI);
    return { source: `${pair.source} ${emoji}`, target: `${pair.target} ${emoji}` };
  }
  const span = randomSpan(random);
  if (random() < 0.5) {
    let placed = false;
    const replaced = replaceEntries(pair, table, () => {
      if (placed) return undefined;
      placed = true;
      return { source: span, target: span };
    });
    if (placed) return replaced;
  }
  const place = random();
  if (place < 0.05) return { source: span, target: span };
  const write: (text: string) => string =
    place < 0.4
      ? (text) => beforeMark(text, ` (${span})`)
      : place < 0.7
        ? (text) => beforeMark(text, `: ${span}`)
        : (text) => `${span}: ${text}`;
  return { source: write(pair.source), target: write(pair.target) };
}

const beforeMark = (text: string, added: string) => text.replace(/([.!?…]?)$/u, `${added.replaceAll('$', '$$$$')}$1`);

/** An address, e-mail address, placeholder, format directive, path or code that nobody has seen before. */
export function randomSpan(random: () => number): string {
  const name = () => randomName(random);
  const kinds: (() => string)[] = [
    () => `https://${name()}.${randomItem(random, DOMAINS)}/${name()}`,
    () => `https://www.${name()}-${name()}.${randomItem(random, DOMAINS)}`,
    () => `www.${name()}.${randomItem(random, DOMAINS)}/${name()}/${randomInteger(random, 1, 999)}`,
    () => `${name()}.${name()}@${name()}.${randomItem(random, DOMAINS)}`,
    () => `${name()}${randomInteger(random, 1, 99)}@${name()}.${randomItem(random, DOMAINS)}`,
    () => `{${name()}}`,
    () => `{{${name()}}}`,
    () => `{${randomInteger(random, 0, 9)}}`,
    () => `%${randomItem(random, 'sdif'.split(''))}`,
    () => `%(${name()})s`,
    () => `\${${name()}}`,
    () => `\`${name()}()\``,
    () => `\`${name()} --${name()}\``,
    () => `\`${name()}.${name()}\``,
    () => `<${name()}>`,
    () => `/${name()}/${name()}.${randomItem(random, FILE_ENDINGS)}`,
    () => `${name()}.${randomItem(random, FILE_ENDINGS)}`,
    () => `${name()}_${name()}`,
    () => `@${name()}`,
    () => `#${name()}`,
  ];
  return randomItem(random, kinds)();
}

const DOMAINS = ['org', 'com', 'net', 'de', 'at', 'ch', 'eu', 'io', 'info', 'co.uk'];
const FILE_ENDINGS = ['txt', 'pdf', 'png', 'html', 'json', 'csv', 'md', 'xml', 'docx', 'zip'];
const STARTS = [
  'b',
  'br',
  'd',
  'f',
  'g',
  'gr',
  'h',
  'k',
  'kl',
  'l',
  'm',
  'n',
  'p',
  'pr',
  'r',
  's',
  'st',
  't',
  'tr',
  'v',
];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ai', 'ei', 'ou'];
const ENDS = ['', '', '', 'n', 'r', 's', 't', 'l', 'm', 'x'];
const EMOJI = [
  ...[
    '😂',
    '😊',
    '😍',
    '🙂',
    '😉',
    '😎',
    '🤔',
    '😢',
    '😭',
    '😡',
    '👍',
    '👎',
    '👏',
    '🙏',
    '💪',
    '👋',
    '🎉',
    '🎂',
    '🎁',
    '🔥',
  ],
  ...[
    '💯',
    '✨',
    '⭐',
    '❤️',
    '💙',
    '💚',
    '💔',
    '☀️',
    '🌧️',
    '❄️',
    '🌍',
    '🌸',
    '🍀',
    '🍕',
    '🍎',
    '☕',
    '🍺',
    '⚽',
    '🚗',
    '✈️',
  ],
  ...[
    '🏠',
    '📚',
    '📷',
    '📞',
    '💻',
    '⏰',
    '🔑',
    '✅',
    '❌',
    '⚠️',
    '🐶',
    '🐱',
    '🐟',
    '🦊',
    '🚀',
    '🎵',
    '🤷',
    '🙈',
    '😴',
    '🤗',
  ],
];

function randomName(random: () => number): string {
  let name = '';
  for (let syllables = randomInteger(random, 1, 3); syllables > 0; syllables--) {
    name += randomItem(random, STARTS) + randomItem(random, VOWELS) + randomItem(random, ENDS);
  }
  return name;
}
