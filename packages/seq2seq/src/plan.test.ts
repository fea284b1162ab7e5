import { foreignFinder, loadTokenizer, trainTokenizer, withNormalizer } from '@ringformer/text';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { TextWarning } from './options.ts';
import { type Part, type Planning, planText } from './plan.ts';

const LINES = ['Wo ist der Bahnhof?', 'Ich habe Hunger.', 'Die Straße ist weiß, und das Haus ist groß.'];
const file = await trainTokenizer([...LINES, ...LINES], { vocabSize: 340 });
const tokenizer = loadTokenizer(withNormalizer(file));

const foreign = foreignFinder(tokenizer);

const warnings: Omit<TextWarning, 'text'>[] = [];
const plan = (text: string, more: Partial<Planning> = {}) => {
  warnings.length = 0;
  const warn = (warning: Omit<TextWarning, 'text'>) => void warnings.push(warning);
  return planText(text, { tokenizer, room: 40, foreign, from: 'de', to: 'en', at: 0, warn, ...more });
};
/** Sentences are written with ⟦⟧ around them. */
const shown = (parts: readonly Part[]) =>
  parts.map((part) => (typeof part === 'string' ? part : `⟦${part.source}⟧`)).join('');
/** The output if the model writes what it reads. */
const echoed = (parts: readonly Part[], change = (source: string) => source): string =>
  parts
    .map((part): string => {
      if (typeof part === 'string') return part;
      const finished = part.finish(change(part.source));
      return finished ?? echoed(part.otherwise?.() ?? [], change);
    })
    .join('');

describe('what the model reads', () => {
  it.each([
    ['case text/01: sentences on one line', 'Ich habe Hunger. Wo ist er?', '⟦Ich habe Hunger.⟧ ⟦Wo ist er?⟧'],
    ['white space between sentences', 'Ja!  Nein.\u00a0Gut.', '⟦Ja!⟧  ⟦Nein.⟧\u00a0⟦Gut.⟧'],
    ['line breaks', ' a \r\n\n b\rc\u2028d', '⟦a⟧\r\n\n⟦b⟧\r⟦c⟧\u2028⟦d⟧'],
    ['nothing', ' \t ', ''],
    ['lines without letters', '---\n20:15\n🙂 🙂\n***', '---\n20:15\n🙂 🙂\n***'],
    [
      'bullets and numbers',
      '- Ja.\n1. Gut. Nein.\n3. Mai ist da.\n– Nein.',
      '- ⟦Ja.⟧\n1. ⟦Gut.⟧ ⟦Nein.⟧\n⟦3. Mai ist da.⟧\n– ⟦Nein.⟧',
    ],
    ['an address', 'Siehe https://a.org/b?c=1.', '⟦Siehe Tom.⟧'],
    ['a placeholder and a number', '{name} hat %d Äpfel und %s.', '⟦Tom hat 23 Äpfel und John.⟧'],
    ['a name that is there already', 'Tom mag {name}.', '⟦Tom mag John.⟧'],
    ['emoji', 'Ja! 🙂 Nein 🙁.', '⟦Ja!⟧ 🙂 ⟦Nein⟧ 🙁.'],
    ['tags', 'Das <b>ist</b> gut.', '⟦Das⟧ <b>⟦ist⟧</b> ⟦gut.⟧'],
    [
      'case text/05: capitals',
      'WO IST DER BAHNHOF? DIE STRASSE IST WEISS. OK.',
      '⟦Wo ist der Bahnhof?⟧ ⟦Die Straße ist weiß.⟧ ⟦Ok.⟧',
    ],
    [
      'an abbreviation is not in capitals',
      'Die EU und die UNESCO. NATO',
      '⟦Die EU und die UNESCO.⟧ ⟦NATO⟧'.replace('NATO', 'Nato'),
    ],
    ['another script', 'Привет, как дела?\n今天天气很好。 Wo?', 'Привет, как дела?\n今天天气很好。 ⟦Wo?⟧'],
    ['a name in another script', 'Ich mag „Война и мир“ sehr.', '⟦Ich mag „Tom“ sehr.⟧'],
    ['a letter', 'Der Winkel α ist 5 µ groß, 10 kΩ.', '⟦Der Winkel Tom ist 5 John groß, 10 Boston.⟧'],
    [
      'look-alikes and combining marks',
      'Das Наus ist müde.'.normalize('NFD'),
      `⟦${'Das Наus ist müde.'.normalize('NFD')}⟧`,
    ],
    ['the target language', 'Where is the station? Wo?', 'Where is the station? ⟦Wo?⟧'],
  ])('%s', (_, text, expected) => expect(shown(plan(text))).toBe(expected));
});

it('a script that the model does not know comes with a warning, a letter of it does not', () => {
  plan('Ja.\nПривет, как дела?');
  expect(warnings).toEqual([
    { kind: 'language', line: 2, message: expect.stringContaining('a script that this model does not know') },
  ]);
  for (const text of ['α', 'Ich mag Привет sehr.', '🙂', '∑ = 5']) {
    plan(text);
    expect(warnings).toEqual([]);
  }
});

it('a sentence without a translation stays as it is', () => {
  const [part] = plan('Hallo du da');
  expect(part).toMatchObject({ source: 'Hallo du da' });
  expect((part as Exclude<Part, string>).finish('')).toBe('Hallo du da');
});

it('a placeholder may own something', () => {
  const [first] = plan("{name}'s dog is old.", { from: 'en', to: 'de' });
  if (typeof first !== 'object') throw new Error('expected a sentence');
  expect(first.source).toBe("Tom's dog is old.");
  expect(first.finish('Toms Hund ist alt.')).toBe('{name}s Hund ist alt.');
  expect(first.finish('Der Hund von Tom ist alt.')).toBe('Der Hund von {name} ist alt.');
  expect(first.finish('Tomy ist alt.')).toBeUndefined();
});

it('hours are as the target language counts them, except with raw and in what stays as it is', () => {
  const text = 'See {when} at 5 p.m. or `at 6 p.m.`: it opens at 7 a.m.';
  const german = { from: 'en', to: 'de', room: 200 };
  expect(shown(plan(text, german))).toBe("⟦See Tom at 17:00 or John: it opens at 7 o'clock.⟧");
  expect(echoed(plan(text, german))).toBe("See {when} at 17:00 or `at 6 p.m.`: it opens at 7 o'clock.");
  expect(echoed(plan(text, { ...german, raw: true }))).toBe(text);
  expect(echoed(plan('No. 5 opens at 5 p.m. in No. 7.', german))).toBe('Number 5 opens at 17:00 in number 7.');
  const [written] = plan('Call me at 5 p.m. today!', german);
  expect(written).toMatchObject({ written: 'Call me at 5 p.m. today!', source: 'Call me at 17:00 today!' });
});

describe('what becomes of a translation', () => {
  it('spans are put back, once each', () => {
    const text = 'Siehe https://a.org/b und {x}, bitte.';
    const [part] = plan(text);
    if (typeof part !== 'object') throw new Error('expected a sentence');
    expect(part.source).toBe('Siehe Tom und John, bitte.');
    expect(part.finish('Please see John and Tom.')).toBe('Please see {x} and https://a.org/b.');
    for (const lost of ['Please see Tom.', 'Tom, Tom and John.', 'Please see Tommy and John.']) {
      expect(part.finish(lost)).toBeUndefined();
    }
    expect(shown(part.otherwise?.() ?? [])).toBe('⟦Siehe⟧ https://a.org/b ⟦und⟧ {x}, ⟦bitte.⟧');
    expect(echoed(plan(text))).toBe(text);
    expect(echoed(plan(text), (source) => source.replace('Tom', 'Max'))).toBe(text);
  });

  it('capitals come back as capitals, spans as they were', () => {
    const parts = plan('WO IST {name}? ICH HABE HUNGER.');
    expect(shown(parts)).toBe('⟦Wo ist Tom?⟧ ⟦Ich habe Hunger.⟧');
    expect(echoed(parts)).toBe('WO IST {name}? ICH HABE HUNGER.');
  });

  it('parts of a sentence get no full stop and no capital of their own', () => {
    const [first, , second] = plan('Das <b>ist gut</b>').filter((part) => part !== '');
    if (typeof first !== 'object' || typeof second !== 'object') throw new Error('expected sentences');
    expect(first.finish('That.')).toBe('That');
    expect(second.finish('Is good.')).toBe('is good');
    expect(second.finish("I'm good.")).toBe("I'm good");
  });
});

describe('case text/02: a sentence that is too long', () => {
  const long = 'Als der alte Mann die Tür öffnete, sah er mit Schrecken, dass der Sturm den Baum umgeworfen hatte.';

  it('is cut at clauses, with one warning', () => {
    expect(shown(plan(`Ja.\n${long} Gut.`))).toMatch(/^⟦Ja\.⟧\n⟦Als .*,⟧ ⟦.*⟧.* ⟦Gut\.⟧$/);
    expect(warnings).toEqual([
      { kind: 'long', line: 2, message: expect.stringContaining('this model reads at most 40') },
    ]);
    expect(echoed(plan(long))).toBe(long);
  });

  it('is refused with strict', () => {
    expect(() => plan(long, { strict: true })).toThrow(
      expect.objectContaining({ code: 'bad-text', cause: { text: 0, line: 1 } }),
    );
  });

  it('is kept if it has no letters, however long', () => {
    for (const line of ['-'.repeat(70), '🙂'.repeat(70), '1 '.repeat(70).trim()]) expect(plan(line)).toEqual([line]);
    expect(warnings).toEqual([]);
  });

  it('a text of 33 kB in one line is not refused', () => {
    expect(plan('Ich habe Hunger. '.repeat(1941)).filter((part) => typeof part === 'object').length).toBe(1941);
  });
});

test('case text/04: all forms of a text are the same ids', () => {
  const forms = ['Ich habe Hunger.', 'Ich\u00a0habe Hunger.', 'Ich  habe\tHunger.', 'Ich ha\u00adbe \u200bHunger.'];
  const ids = forms
    .flatMap((text) => plan(text))
    .map((part) => tokenizer.encode(typeof part === 'string' ? part : part.source));
  expect(new Set(ids.map(String)).size).toBe(1);
});

test('nothing is lost, every sentence fits, and every span is kept, whatever the model writes', () => {
  const piece = fc.constantFrom(
    ...[
      'Ein Satz. ',
      'Noch einer! ',
      'wort ',
      'GROSS ',
      '\n',
      '\r\n',
      ' ',
      '\u00a0',
      '🙂',
      '…',
      '.',
      '\t',
      '- ',
      '1. ',
      '(',
      '"',
    ],
    ...[
      ' https://a.org/x ',
      '`code. X`',
      '{name}',
      '%s ',
      '%d ',
      '<b>',
      ' a@b.org ',
      ' a'.repeat(50),
      `${'qxz'.repeat(20)} `,
    ],
  );
  const squeezed = (text: string) => text.replace(/\s/gu, '').toLowerCase();
  const spans = /https:\/\/a\.org\/x|`code\. X`|\{name\}|<b>|🙂/g;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join('');
      const parts = plan(text);
      expect(squeezed(echoed(parts))).toBe(squeezed(text));
      for (const change of [() => '', () => 'Tom 23 Tom', (source: string) => source.slice(0, -3)]) {
        expect(echoed(parts, change).match(spans)).toEqual(text.match(spans));
        expect(echoed(parts, change).match(/\r\n|\n/g)).toEqual(text.match(/\r\n|\n/g));
      }
      const check = (parts: readonly Part[]): void => {
        for (const part of parts) {
          if (typeof part === 'string') continue;
          expect(tokenizer.encode(part.source).length).toBeLessThanOrEqual(40);
          expect(part.source).toMatch(/\p{L}/u);
          check(part.otherwise?.() ?? []);
        }
      };
      check(parts);
    }),
    { numRuns: 300 },
  );
});
