import { describe, expect, it } from 'vitest';
import { inOtherForm, numberSpans, numbersIn, withTargetForms } from './number-form.ts';
import { keepsNumbers, numberDifference } from './numbers.ts';

const GERMAN = { from: 'de', to: 'en' };

describe('numbers that say the same', () => {
  it.each([
    ['Das kostet 1.300,50 Euro.', 'That costs 1,300.50 euros.'],
    ['Ich habe 2 Katzen.', 'I have two cats.'],
    ['Zwei Katzen.', '2 cats.'],
    ['Sie ist fünfundachtzig.', 'She is 85.'],
    ['Ich bin 21.', "I'm twenty-one."],
    ['Der 2. Weltkrieg endete 1945.', 'The Second World War ended in 1945.'],
    ['Wir treffen uns um 18 Uhr.', 'We meet at 6 p.m.'],
    ['Um 20.30 Uhr.', 'At 8:30pm.'],
    ['Um 8 Uhr.', "At 8:00 o'clock."],
    ['Um halb acht.', 'At 7:30.'],
    ['In den 90er Jahren.', 'In the 1990s.'],
    ['In den 90er Jahren.', 'In the nineties.'],
    ['Am 24.12.1998.', 'On December 24, 1998.'],
    ['Am 03.05.', 'On 3 May.'],
    ['Es sind 200 Leute.', 'There are two hundred people.'],
    ['1.-3. Platz', '1st to 3rd place'],
    ['keine Zahl', 'no number'],
  ])('%s → %s', (source, translation) => expect(keepsNumbers(source, translation, GERMAN)).toBe(true));

  it.each([
    ['We meet at 6 p.m.', 'Wir treffen uns um 18 Uhr.'],
    ['We meet at 6 p.m.', 'Wir treffen uns um 6 Uhr abends.'],
    ['At 8:30pm.', 'Um 20.30 Uhr.'],
    ["At 8 o'clock.", 'Um 8:00 Uhr.'],
    ['It costs $1,299.50.', 'Das kostet 1.299,50 $.'],
    ['I have two cats.', 'Ich habe 2 Katzen.'],
    ['At half past seven.', 'Um halb acht.'],
    ['On March 3, 2024.', 'Am 3. März 2024.'],
    ['At 9 in the evening.', 'Um 21 Uhr.'],
  ])('%s → %s', (source, translation) =>
    expect(keepsNumbers(source, translation, { from: 'en', to: 'de' })).toBe(true),
  );

  it.each([
    ['Das kostet 1.300 Euro.', 'That costs 30 euros.', ['1300'], ['30']],
    ['(0) (40)', '(0)', ['40'], []],
    ['Jeder Tag hat 86400 Sekunden.', 'Each day has 8640 seconds.', ['86400'], ['8640']],
    ['Um 18 Uhr.', 'At 7 p.m.', ['18'], ['7']],
    ['Um 18 Uhr.', 'At 6:00.', ['18'], ['6']],
    ['Seite 3 von 10', 'page 10', ['3'], []],
    ['3 und 3', '3', ['3'], []],
    ['Ich esse gern.', 'I ate 5.', [], ['5']],
    ['Am 24.12.1998.', 'On November 24, 1998.', ['12'], []],
    ['Um 14 Uhr', 'at noon', ['14'], []],
    ['Bis 17 Uhr.', 'Until 17:0.', [], ['0']],
    ['Bis 17 Uhr.', 'Until 17:00:0.', [], ['0', '0']],
  ])('%s is not %s', (source, translation, missing, extra) =>
    expect(numberDifference(source, translation, GERMAN)).toEqual({ missing, extra }),
  );

  it("an hour without its half of the day isn't one of the other half", () => {
    const [from, to] = ['en', 'de'];
    expect(keepsNumbers("We leave at 9 o'clock in the morning.", 'Wir gehen um 21 Uhr.', { from, to })).toBe(false);
    expect(keepsNumbers('We leave at 9 a.m.', 'Wir gehen um 21 Uhr.', { from, to })).toBe(false);
  });

  it('words of any known language count if the language is not named', () => {
    expect(keepsNumbers('Ich habe 2 Katzen.', 'I have two cats.')).toBe(true);
    expect(keepsNumbers('Ich habe 2 Katzen.', 'J’ai deux chats.', { from: 'de', to: 'xx' })).toBe(false);
  });
});

describe('how numbers are written', () => {
  it.each([
    ['The train leaves at 5.30.', 'Der Zug fährt um 5.30 Uhr.', 'Der Zug fährt um 5.30 Uhr.'],
    ['I use Windows 8.1 now.', 'Ich benutze Windows 8.1.', 'Ich benutze Windows 8.1.'],
    ['I use Windows 8.1 now.', 'Ich benutze Windows 8,1.', 'Ich benutze Windows 8.1.'],
    ['See figure 3.2.', 'Siehe Abbildung 3.2.', 'Siehe Abbildung 3.2.'],
    ['Only 3.5 percent', 'Nur 3.5 Prozent', 'Nur 3,5 Prozent'],
    ['It costs $5 per month.', 'Es kostet 5 pro Monat.', 'Es kostet 5 $ pro Monat.'],
    ['It costs $5.', 'Es kostet 5.', 'Es kostet 5 $.'],
    ['It costs $5.', 'Es kostet 5 Dollar.', 'Es kostet 5 Dollar.'],
    ['It costs $5.', 'Es kostet $5.', 'Es kostet $5.'],
    ['A $5 bill', 'Ein 5-Dollarschein', 'Ein 5-Dollarschein'],
    ['A $5 ticket', 'Ein 5-Ticket', 'Ein 5-Ticket'],
    ['It costs £49.99.', 'Es kostet 49,99.', 'Es kostet 49,99 £.'],
    ['It costs £49.99.', 'Es kostet 49.99.', 'Es kostet 49,99 £.'],
    ['It costs £49.99.', 'Es kostet 49,99 Pfund.', 'Es kostet 49,99 Pfund.'],
    ['It is $1,250.00.', 'Es ist 1.250 $.00.', 'Es ist 1.250,00 $.'],
    ['It is $1,250.00.', 'Es ist 1.250,00 $.', 'Es ist 1.250,00 $.'],
    ['From $5 to $8', 'Von 5 bis 8', 'Von 5 bis 8 $'],
    ['From $5 to $8', 'Von 5 bis 8 $', 'Von 5 bis 8 $'],
    ['$5 million', '5 Millionen', '5 Millionen $'],
    ['$5 for 5', '5 für 5', '5 für 5'],
    ['$5 at 5%', 'Um 5 %', 'Um 5 %'],
    ['5 people', '5 Personen', '5 Personen'],
    ['US$5', '5', '5'],
    ["It's on the 15th.", 'Es ist am 15..', 'Es ist am 15.'],
    ["It's on the 15th...", 'Es ist am 15...', 'Es ist am 15...'],
    ['It ends in 15..', 'Es endet auf 15..', 'Es endet auf 15..'],
    ['Come at 5 p.m.', 'Komm um 17 Uhr Uhr.', 'Komm um 17 Uhr.'],
  ])('in German: %s %s', (source, translation, expected) =>
    expect(withTargetForms(source, translation, 'en', 'de')).toBe(expected),
  );

  it.each([
    ['1.300', '1,300'],
    ['1.300,50', '1,300.50'],
    ['1300', '1300'],
    ['0,5', '0.5'],
    ['1,300', '1.300'],
    ['0.300', '0.300'],
    ['1 000 000', '1,000,000'],
    ["1'230", '1,230'],
    ['3.5.2024', '3.5.2024'],
    ['14:35', '14:35'],
    ['9.2.1.4', '9.2.1.4'],
    ['1/2', '1/2'],
  ])('%s in English is %s', (german, english) => expect(inOtherForm(german, 'de', 'en')).toBe(english));

  it('stays in a language without other marks, or one that is unknown', () => {
    expect(inOtherForm('1.300', 'de', 'it')).toBe('1.300');
    expect(inOtherForm('1.300', undefined, 'en')).toBe('1.300');
    expect(inOtherForm('1.300', 'de', 'not a language')).toBe('1.300');
  });

  it('finds numbers with their marks', () => {
    const text = 'Am 3.5.2024 um 14:35 für 1 000 000 Euro, 1.300,5. Von 2-3, 49 171 55';
    expect(numbersIn(text).map(({ text }) => text)).toEqual([
      '3.5.2024',
      '14:35',
      '1 000 000',
      '1.300,5',
      '2',
      '3',
      '49',
      '171',
      '55',
    ]);
  });

  it('names with digits are names', () => {
    const spans = numberSpans('Die A8, MP3, dom0 und 1.300 auf gestartet1', 'de', 'en');
    expect(spans.map(({ as, text }) => `${as} ${text}`)).toEqual([
      'word A8',
      'word MP3',
      'word dom0',
      'number 1,300',
      'number 1',
    ]);
  });

  it('numbers of names stay, where only names have a capital', () => {
    const written = (text: string, from: string, to: string) => numberSpans(text, from, to).map(({ text }) => text);
    expect(written('Windows 8.1 or 8.1 kg, Only 3.5 kg', 'en', 'de')).toEqual(['8.1', '8,1', '3,5']);
    expect(written('Höhe 3,5 m', 'de', 'en')).toEqual(['3.5']);
  });

  it.each([
    ['Für 1.300 Euro', 'For 1.300 euros', 'For 1,300 euros'],
    ['Für 19,99 Euro', 'For 19,99 euros.', 'For 19.99 euros.'],
    ['Am 03.05.2024', 'On 03,05,2024', 'On 03.05.2024'],
    ['Am 03.05.2024', 'On 03.05,2024', 'On 03.05.2024'],
    ['Am 3.10.2024.', 'On 3,10.2024.', 'On 3.10.2024.'],
    ['Am 3.10.2024.', 'On 3/10/2024.', 'On 3/10/2024.'],
    ['Es kostet 3,50 €.', 'It costs 3.50.', 'It costs €3.50.'],
    ['Es kostet 3,50€', 'It costs 3,50', 'It costs €3.50'],
    ['Es kostet € 3,50', 'It costs 3.50', 'It costs €3.50'],
    ['Es kostet 3,50 €.', 'It costs 3.50 euros.', 'It costs 3.50 euros.'],
    ['Für 5 bis 10 €', 'For 5 to 10', 'For 5 to 10'],
    ['5 € bis 10 €', '5 to 10', '€5 to 10'],
    ['5 Millionen €', '5 million', '5 million'],
    ['Version 1.300', 'Version 1.300', 'Version 1.300'],
    ['Für 1.300 Euro', 'For 1,300 euros', 'For 1,300 euros'],
    ['1,300 und 1.300', '1.300 and 1,300', '1.300 and 1,300'],
    ['Um 20.30 Uhr', 'At 20:30', 'At 20:30'],
  ])('%s: %s becomes %s', (source, translation, expected) =>
    expect(withTargetForms(source, translation, 'de', 'en')).toBe(expected),
  );
});
