import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ODD_TEXTS, testLines } from '../test/lines.ts';
import { readNormalizer, standardNormalizer } from './normalizer.ts';
import { loadTokenizer } from './tokenizer.ts';
import { tokenizerConfig, withNormalizer } from './tokenizer-file.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const LINES = testLines('de');
const plain = await trainTokenizer(LINES, { vocabSize: 600, normalizer: 'none' });
const standard = withNormalizer(plain);
const tokenizer = loadTokenizer(standard);
const sequence = (...normalizers: object[]) => readNormalizer({ type: 'Sequence', normalizers }).normalize;

const SENTENCE = 'Ich habe gestern meinen Schlüssel verloren.';

it.each([
  ['no-break space', 'Ich habe\u00a0gestern meinen Schlüssel verloren.'],
  ['narrow no-break space', 'Ich habe\u202fgestern meinen Schlüssel verloren.'],
  ['NFD', SENTENCE.normalize('NFD')],
  ['soft hyphen', 'Ich habe gestern meinen Schlüs\u00adsel verloren.'],
  ['zero-width space', 'Ich habe gestern \u200bmeinen Schlüssel verloren.'],
  ['zero-width joiners', 'Ich ha\u200dbe gestern mei\u200cnen Schlüssel verloren.'],
  ['joiner inside NFD', 'Ich habe gestern meinen Schlu\u200d\u0308\u200cssel verloren.'],
  ['word joiner and direction', '\u200eIch habe\u2060 gestern meinen Schlüssel\u202c verloren.'],
  ['byte order mark', `\ufeff${SENTENCE}`],
  ['tab', 'Ich habe\tgestern meinen Schlüssel verloren.'],
  ['two spaces everywhere', SENTENCE.replaceAll(' ', '  ')],
  ['ideographic space, line separator, NEL', 'Ich\u3000habe\u2028gestern\u0085meinen Schlüssel verloren.'],
  ['spaces around', `  ${SENTENCE} \n`],
])('case text/04: %s is the plain form', (_, text) => {
  expect(tokenizer.normalize(text)).toBe(SENTENCE);
  expect(tokenizer.encode(text)).toEqual(tokenizer.encode(SENTENCE));
});

it.each([
  ['„Ja“, “no”, »ja«, «oui»', '"Ja", "no", "ja", "oui"'],
  ['Geht’s? ‚Ja‘ ‹ja›', "Geht's? 'Ja' 'ja'"],
  ['a — b – c ― d ‒ e', 'a – b – c – d – e'],
  ['E‑Mail, U‐Bahn, −5 °C', 'E-Mail, U-Bahn, -5 °C'],
  ['नि\u200dया 👨\u200d👩\u200d👧 می\u200cخواهم', 'नि\u200dया 👨\u200d👩\u200d👧 می\u200cخواهم'],
  ['\u00ad \u200b', ''],
])('%s becomes %s', (text, normal) => expect(tokenizer.normalize(text)).toBe(normal));

it('ordinary text keeps its ids, and decoding gives the normal form', () => {
  const before = loadTokenizer(plain);
  for (const line of LINES) {
    if (tokenizer.normalize(line) === line) expect(tokenizer.encode(line)).toEqual(before.encode(line));
    expect(tokenizer.decode(tokenizer.encode(line))).toBe(tokenizer.normalize(line));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const normal = tokenizer.normalize(text);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(normal);
      expect(tokenizer.normalize(normal)).toBe(normal);
    }),
  );
});

it('a trained tokenizer has it unless it is to have none', async () => {
  const trained = await trainTokenizer(['a\u00a0b  b', 'a b b'], { vocabSize: 270 });
  expect(trained.normalizer).toEqual(standard.normalizer);
  expect(loadTokenizer(trained).encode('a\u00a0b')).toEqual(loadTokenizer(trained).encode('a b'));
  expect(withNormalizer(standard, 'none')).toEqual(plain);
  expect(() => withNormalizer({ normalizer: { type: 'NFKC' } })).toThrow('already has the normalizer {"type":"NFKC"}');
  const wrong = trainTokenizer(['a'], { vocabSize: 270, normalizer: 'nfc' as never });
  await expect(wrong).rejects.toThrow("normalizer is the text \"nfc\"; expected 'standard' or 'none'");
});

it('matches @huggingface/tokenizers', () => {
  const other = new HuggingFace(standard, tokenizerConfig(standard));
  const read = (text: string) => tokenizer.normalize(text) !== ''; // that library puts the space before an empty text too
  for (const text of [...LINES, ...ODD_TEXTS.filter(read), '„a“\u00a0— b\u200d', 'Schlu\u0308ssel']) {
    expect(tokenizer.encode(text)).toEqual(other.encode(text, { add_special_tokens: false }).ids);
  }
});

describe('readNormalizer', () => {
  it('each step, as Hugging Face does it', () => {
    expect(sequence({ type: 'NFKC' })('ﬁ ①')).toBe('fi 1');
    expect(sequence({ type: 'NFD' })('ü')).toBe('u\u0308');
    expect(sequence({ type: 'Lowercase' })('ÄΣ İ')).toBe('äσ i̇');
    expect(sequence({ type: 'Strip', strip_left: true, strip_right: false })(' \u0085a \ufeff ')).toBe('a \ufeff ');
    expect(sequence({ type: 'Replace', pattern: { String: '.' }, content: '$&' })('a.b.')).toBe('a$&b$&');
    expect(sequence({ type: 'Replace', pattern: { Regex: '\\s+' }, content: '$&' })('a \u0085b')).toBe('a$&b');
    expect(sequence({ type: 'Sequence', normalizers: [{ type: 'NFC' }] }, { type: 'Lowercase' })('U\u0308')).toBe('ü');
    expect(readNormalizer(null).normalize(' x')).toBe(' x');
    expect(sequence(...standardNormalizer())('  ')).toBe('');
  });

  it.each([
    [{ type: 'StripAccents' }, 'normalizer is "StripAccents"; supported are NFC'],
    [{ type: 'Sequence', normalizers: [{ type: 'BertNormalizer' }] }, 'normalizer is "BertNormalizer"'],
    [{}, 'normalizer is {}'],
    [{ type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: ' ' }, { type: 'NFC' }] }, 'a Prepend before other'],
    [{ type: 'Replace', pattern: { Regex: '(' }, content: '' }, 'JavaScript cannot run the Regex of a Replace'],
    [{ type: 'Replace', pattern: {}, content: '' }, 'expected a Regex or a String'],
    [{ type: 'Replace', pattern: { String: 'a' } }, 'the content of a Replace is missing, not a string'],
  ])('refuses %j', (normalizer, message) => {
    expect(() => loadTokenizer({ ...plain, normalizer })).toThrow(message);
    expect(() => loadTokenizer({ ...plain, normalizer })).toThrow(expect.objectContaining({ code: 'bad-file' }));
  });
});
