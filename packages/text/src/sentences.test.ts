import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { splitSentences } from './sentences.ts';

/** Sentences are written with | between them. */
const split = (marked: string, language?: string) => {
  const line = marked.replaceAll('|', '');
  return splitSentences(line, { language })
    .map(({ text, after }) => text + after)
    .join('|');
};

describe('German', () => {
  it.each([
    'Ich habe Hunger. |Wo ist der Bahnhof?',
    'Guten Morgen! |Gute Nacht.',
    'Kannst du mir helfen? |Ich habe meinen Schlüssel verloren. |Ich weiß nicht, wo er ist. |Vielleicht liegt er im Auto. |Danke!',
    'Was?! |Nein!!! |Doch …',
    'Dr. Müller wohnt in der Hauptstr. 5. |Er ist Arzt.',
    'Prof. Dr. med. Huber kommt um 20.15 Uhr. |Bist du da?',
    'Das kostet ca. 3.50 Euro bzw. 4 Franken. |Teuer!',
    'Obst, z. B. Äpfel, ist gesund. |Fleisch z.B. nicht.',
    'Obst, z. B. Äpfel, ist gesund.',
    'Er kauft Äpfel, Birnen usw. |Danach geht er heim.',
    'Er kauft Äpfel usw. und geht.',
    'Am 3. Mai hat sie Geburtstag. |Am 3. Oktober auch.',
    'Der 2. Platz ging an Tom. |Im 19. Jahrhundert war das anders.',
    'Vom 3. bis 5. Mai. |Der 12. Spieler.',
    'Am 3. 10. 2020 war es. |Das war 1999. |Tom war da.',
    'Ich bin 20. |Du bist 30.',
    'Er wohnt in Nummer 12. |Tom kommt um 8. |Maria nicht.',
    'J. S. Bach schrieb das. |Auch J. R. R. Tolkien.',
    'Ludwig XIV. war König. |Karl V. auch.',
    'Vitamin C. |Das ist gesund.',
    'Naja … ich weiß nicht. |Naja... |Gut.',
    '„Wo bist du?“, fragte er. |„Hier.“ |Sie lachte.',
    '„Wo bist du?“ fragte er. |»Ich komme.« |»Gut.«',
    '(Das ist gut.) |Und das auch. |"Ja." |"Nein."',
    'Er rief: „Hilfe!“ |Niemand kam.',
    'ich bin müde. |ich gehe jetzt nach hause. |wo bist du? |gut.',
    'Nr. 5 lebt. |Siehe Abs. 3 und S. 12. |Art. 1 gilt.',
    'Das ist Max. |Er schläft. |So ist das so. |Tom geht.',
    'Ich bin müde.|Ich gehe jetzt.|Du auch?|Ja!|Gut.',
    'Ja.|Nein.|Vielleicht.',
    'Die Fa. Meier GmbH sucht Leute. |Melden Sie sich!',
    'Evtl. kommt er morgen. |Ggf. auch Tom.',
    'Der Verein e.V. hat 200 Mitglieder. |Die Bewohner der U.S.A. wählen.',
    'DR. MÜLLER IST DA. |WO IST TOM?',
    'Ende. |– Nein.',
    'Es gibt ihn seit 2020. |danach kam ein anderer.',
    'Die dt. Version ist besser. |Lt. Angaben nicht.',
    'Am 24.12. schließen wir um 12 Uhr. |Am 12.6. haben wir keine Zeit.',
    'Vom 1.8. bis 15.8. bin ich im Urlaub. |Ab 16.8. wieder da.',
    'Ich komme vom 3.-5. Mai. |Er kommt am 3.–5. Juni.',
    'Wir treffen uns am 24.12. |Bitte komm. |Wir fahren am 24.12. |Peter kommt mit.',
    'Es kostet 3.50. |danach mehr. |Das war von 10-12. |Danach nicht.',
    'Können wir am Do. um 15 Uhr telefonieren? |Der Kurs findet Di. und Do. statt.',
    'Ich bin in 5 Min. da. |Ich komme in 5 Min. |Wir essen am Do. |Bitte komm.',
    'Die Feier ist am Sa., 5. Okt., ab 15 Uhr. |Mo. 15 Uhr.',
    'So. |jetzt geht es los. |Sa. und So. geschlossen.',
  ])('%s', (marked) => {
    expect(split(marked, 'de')).toBe(marked);
  });
});

describe('English', () => {
  it.each([
    'I am hungry. |Where is the station?',
    'Mr. Smith met Mrs. Jones at 5 p.m. in St. Louis. |He was late.',
    'See Fig. 3 and No. 5. |No. |I do not.',
    'Open from 9 a.m. to 5 p.m. |You can call us. |Dinner 6 p.m. |We bring drinks.',
    'At 5 p.m. I left. |By 6:30 p.m. he was home. |He left at 8 p.m. |I did not.',
    'On Mon. Jan. 5 he was 5 ft. 10 tall. |Open Sat. and Sun. only. |It is 5 ft. |It is tall.',
    'Smith et al. (2020) say so. |We like the sun. |It is warm.',
    'J. K. Rowling wrote it, e.g. in 1997. |The U.S. Army came.',
    'Cook for 10 min. at 180 degrees. |Simmer 5 min. and stir. |It is 20 mins. by train.',
    'Add 5 oz. of flour. |It takes 10 min. |Tom is late. |it is ready in 10 mins. |the driver will call.',
    'Below 24.12. |the end. |He was born on Jan. 5, 1990 in London.',
    'He is 20. |She is 30. |apples, pears etc. |The end.',
    '"Where are you?" he asked. |"Here." |She laughed.',
  ])('%s', (marked) => {
    expect(split(marked, 'en')).toBe(marked);
  });
});

test('without a language the abbreviations of all hold', () => {
  const marked = 'Dr. Müller und Mr. Smith kommen. |Danke.';
  expect(split(marked)).toBe(marked);
  expect(split(marked, 'xx')).toBe(marked);
});

test('other forms of the same text are split alike', () => {
  const marked = 'Ich bin müde.\u00a0|Am 3.\u00a0Mai ist z.\u202fB. frei.  |Gut.\u200b\t|Schön.';
  for (const form of ['NFC', 'NFD'] as const) expect(split(marked.normalize(form), 'de')).toBe(marked.normalize(form));
  expect(split('今日は。|いい天気ですね！|はい。')).toBe('今日は。|いい天気ですね！|はい。');
});

test('no sentence ends inside a span', () => {
  const line = 'Tippe `a. B` ein. Gut.';
  expect(splitSentences(line, { language: 'de', spans: [{ from: 6, to: 12 }] })).toEqual([
    { text: 'Tippe `a. B` ein.', after: ' ' },
    { text: 'Gut.', after: '' },
  ]);
});

test('nothing is lost', () => {
  const piece = fc.constantFrom(
    'Ein Satz. ',
    'z. B. ',
    '3. Mai ',
    '!',
    '?"',
    '„',
    '...',
    'Tom',
    '.',
    ' ',
    '\u00a0',
    '🙂',
    'e\u0301',
    '\u2029',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
      const line = pieces.join('');
      const sentences = splitSentences(line, { language: 'de' });
      expect(sentences.map(({ text, after }) => text + after).join('')).toBe(line.trim());
      sentences.forEach(({ text, after }, i) => {
        expect(text).toBe(text.trim());
        expect(after.trim()).toBe('');
        expect(text === '').toBe(false);
        if (i === sentences.length - 1) expect(after).toBe('');
      });
    }),
    { numRuns: 300 },
  );
});

test.each(['…', '!', '?!', '!"', '."'])('many of %s take no time', (marks) => {
  const began = process.cpuUsage();
  const text = `Wow${marks.repeat(32_000 / marks.length)}`;
  expect(splitSentences(text).map((sentence) => sentence.text)).toEqual([text]);
  expect(process.cpuUsage(began).user / 1e6).toBeLessThan(2);
});
