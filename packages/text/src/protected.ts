import type { Span } from './sentences.ts';

/** A part of a text that isn't language, and what kind of word stands for it in a sentence. */
export type ProtectedSpan = Span & {
  /** 'word': like a name. 'number': like a numeral. 'mark': beside the sentence, like an emoji or a tag. */
  readonly as: 'word' | 'number' | 'mark';
};

const TOP = 'com|org|net|de|at|ch|eu|io|info|edu|gov|dev|app|uk|co\\.uk';
const FILE =
  'txt|pdf|png|jpe?g|gif|svg|webp|html?|css|[cm]?[jt]sx?|json|ya?ml|toml|csv|tsv|md|xml|docx?|xlsx?|pptx?|odt|zip|tar|gz|7z|exe|dll|sh|bat|py|rb|rs|go|java|cpp|php|sql|log|ini|cfg|conf|mp3|mp4|wav|mov|avi|iso|apk|dmg|lock';
const EMOJI =
  '(?:\\p{Regional_Indicator}{2}|[0-9#*]\\uFE0F?\\u20E3|[©®™]\\uFE0F?|[‼⁉ℹ]\\uFE0F|(?![‼⁉ℹ])\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier}|[\\u{E0020}-\\u{E007F}])*(?:\\u200D\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})*)*)';
const RAISED = '¹²³⁰-⁹₀-₉';
const NOT_IN_WORD = '(?<![\\p{L}\\p{N}_])';

/** In order: of two that begin at one place, the first counts. */
const KINDS: readonly (readonly [as: ProtectedSpan['as'], pattern: string])[] = [
  ['word', '(?<!`)(`+)(?!`)[^\\n]{0,400}?[^`]\\1(?!`)'],
  ['word', `${NOT_IN_WORD}(?:[a-z][a-z0-9+.-]{1,15}:\\/\\/|www\\.|mailto:|tel:|data:[a-z]+\\/)[^\\s<>"“”„»«]{1,2000}`],
  ['word', `${NOT_IN_WORD}[\\p{L}\\p{N}_.%+-]{1,64}@[\\p{L}\\p{N}-]{1,63}(?:\\.[\\p{L}\\p{N}-]{1,63}){1,8}`],
  [
    'word',
    `${NOT_IN_WORD}(?:[a-z0-9][a-z0-9-]{0,62}\\.){1,6}(?:${TOP})(?![\\p{L}\\p{N}_-])(?!\\.[a-z])(?::\\d+)?(?:[/?#][^\\s<>"“”„»«]{0,2000})?`,
  ],
  ['mark', '<!--[^]{0,2000}?-->|<\\/?[A-Za-z][^<>\\n]{0,1000}>|&(?:[A-Za-z]{2,8}|#\\d{1,6}|#[xX][\\dA-Fa-f]{1,6});'],
  [
    'word',
    '\\{\\{[^{}\\n]{0,300}\\}\\}|[$#%@]?\\{(?:[^{}\\n]|\\{[^{}\\n]{0,300}\\}){0,300}\\}|\\[\\[[^\\[\\]\\n]{0,300}\\]\\]|<\\d+>|<%[^%\\n]{0,300}%>',
  ],
  [
    'number',
    `(?<![\\p{L}\\p{N}%])%(?:\\d+\\$)?[-+0#]*(?:\\d+|\\*)?(?:\\.\\d+)?(?:hh?|ll?|z|j|t)?[diuxXoeEfgG](?![\\p{L}\\p{N}])`,
  ],
  [
    'word',
    `(?<![\\p{L}\\p{N}%])%(?:\\(\\w+\\)[-+0#]*\\d*(?:\\.\\d+)?[sdifgxr]|(?:\\d+\\$)?-?\\d*(?:\\.\\d+)?[scpq@](?![\\p{L}\\p{N}])|[A-Za-z_]\\w{0,60}%|%|\\d(?![\\d\\s%]))`,
  ],
  ['word', `(?<![\\p{L}\\p{N}$])\\$[A-Za-z_]\\w*`],
  [
    'mark',
    `(?<!\\S)(?:[:;=8xX]['’]?-?[()DPpOo|/*3\\[\\]]+|<\\/?3+|\\^_?\\^|[xX]D+)(?![\\p{L}\\p{N}])|:[a-z][a-z0-9_+-]{1,40}:`,
  ],
  ['word', '(?<![\\p{L}\\p{N}:/.)]):[a-z_]\\w*'],
  [
    'word',
    `(?<![\\p{L}\\p{N}_./])(?:[A-Za-z]:\\\\|\\\\\\\\|~\\/|\\.{1,2}\\/|\\/(?=[\\w.-]+\\/|\\w+\\.\\w))[\\p{L}\\p{N}_.\\-/\\\\~+@]+`,
  ],
  ['word', `${NOT_IN_WORD}[\\p{L}\\p{N}_-]{1,100}(?:\\.[\\p{L}\\p{N}_-]{1,100}){0,6}\\.(?:${FILE})(?![\\p{L}\\p{N}])`],
  [
    'word',
    `${NOT_IN_WORD}(?:v\\d{1,9}(?:\\.\\d{1,9}){1,9}|\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}-[a-z]{1,20}(?:\\.\\d+)?)(?![\\p{L}\\p{N}])`,
  ],
  [
    'word',
    `${NOT_IN_WORD}[A-Za-z_][\\w.]{0,80}\\(\\)|${NOT_IN_WORD}[\\p{L}\\p{N}]{0,60}_[\\p{L}\\p{N}_]{0,80}[\\p{L}\\p{N}]|(?<!\\S)--[a-z][a-z-]*(?:=\\S{1,300})?`,
  ],
  // telephone numbers; IP addresses and sections such as 9.2.1.4
  [
    'word',
    `(?<![\\p{L}\\p{N}.,+]|\\d )(?:\\+\\d{1,3}|0[1-9]\\d{1,4})(?:[ /-]{1,3}|\\s?\\(0\\)\\s?)\\d{2,}(?:[ /-]\\d+){0,6}(?![\\p{L}\\p{N}.,]\\d)`,
  ],
  ['number', `(?<![\\p{L}\\p{N}.,])\\d{1,3}(?:\\.\\d{1,3}){3,7}(?:[/:]\\d+)?(?![\\p{L}\\p{N}])`],
  ['word', `(?<![\\p{L}\\p{N}&])[@#][\\p{L}\\p{N}_]+(?:[.-][\\p{L}\\p{N}_]+)*`],
  ['mark', `${EMOJI}(?:\\s?${EMOJI})*`],
  // units and formulas (m², H₂O, x^2), paragraphs, fractions, footnotes' numbers, stars
  ['word', `${NOT_IN_WORD}[\\p{L}\\d]{1,3}(?:\\^[\\p{L}\\d{}+-]{1,20}\\^?|[${RAISED}][\\p{L}\\d${RAISED}]{0,20})`],
  ['word', '§§?\\s?\\d[\\d\\p{L}.]{0,10}(?<!\\.)'],
  ['number', '\\d{0,9}[¼-¾⅐-⅞]'],
  ['mark', `[${RAISED}★☆]+`],
];
const ALL = new RegExp(
  KINDS.map(([, pattern], i) => `(?<k${i}>${pattern.replace('\\1', '\\k<tick>').replace('(`+)', '(?<tick>`+)')})`).join(
    '|',
  ),
  'gu',
);

/**
 * What comes out of a translation as it went in: web and e-mail addresses, code in back-ticks, placeholders such as `{name}`
 * and `%s`, tags, paths, file names, identifiers, handles, emoji, units and formulas such as m². In order; none overlaps another.
 */
export function protectedSpans(text: string): ProtectedSpan[] {
  if (!/[`:/@{}<&%$\\._#()[\]^=;\p{Extended_Pictographic}\p{Regional_Indicator}§¹²³⁰-⁹₀-₉¼-¾⅐-⅞★☆-]|\u20E3/u.test(text))
    return [];
  const found: ProtectedSpan[] = [];
  for (const { index, 0: match, groups = {} } of text.matchAll(ALL)) {
    const kind = KINDS.findIndex((_, i) => groups[`k${i}`] !== undefined);
    const [as] = KINDS[kind]!;
    const length = ADDRESSES.has(kind) ? withoutMarks(match).length : match.length;
    if (length > 0) found.push({ from: index, to: index + length, as });
  }
  return found;
}

/** Kinds that may swallow the punctuation of their sentence. */
const ADDRESSES: ReadonlySet<number> = new Set([1, 3, 11]);

/** An address without the marks of the sentence at its end, and without a bracket that it does not open. */
function withoutMarks(address: string): string {
  let rest = address;
  for (;;) {
    const cut = rest.replace(/[.,;:!?…'’*_]+$/u, '');
    const last = cut.at(-1) ?? '';
    const open = { ')': '(', ']': '[', '}': '{' }[last];
    rest = open !== undefined && cut.split(last).length > cut.split(open).length ? cut.slice(0, -1) : cut;
    if (rest === cut) return rest;
  }
}
