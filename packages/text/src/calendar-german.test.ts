import { expect, it } from 'vitest';
import { calendarSpans } from './calendar-german.ts';
import { clockSpans } from './clock.ts';

const inWords = (text: string) =>
  calendarSpans(text)
    .sort((a, b) => a.from - b.from)
    .reduceRight((rest, { from, to, text }) => rest.slice(0, from) + text + rest.slice(to), text);

it.each([
  ['Am 24.12. schließen wir um 12 Uhr.', 'Am 24. Dezember schließen wir um 12 Uhr.'],
  ['Vom 1.8. bis 15.8. bin ich im Urlaub.', 'Vom 1. August bis 15. August bin ich im Urlaub.'],
  ['Treffen am 03. 11. um 19 Uhr', 'Treffen am 3. November um 19 Uhr'],
  ['Die Rechnung vom 5.3.', 'Die Rechnung vom 5. März'],
  ['Wir kommen am 5.3.', 'Wir kommen am 5. März.'],
  ['Python ab 3.8. ist nötig, ein 7.1. System auch', 'Python ab 3.8. ist nötig, ein 7.1. System auch'],
  ['Er heißt Mo. und ist nett', 'Er heißt Mo. und ist nett'],
  ['Das Fest (am 5.3.) fällt aus.', 'Das Fest (am 5. März) fällt aus.'],
  [
    'vom 1. bis 15.8., am 24. und 25.12. oder ab 2.1. wieder',
    'vom 1. bis 15. August, am 24. und 25. Dezember oder ab 2. Januar wieder',
  ],
  [
    'Vom 24.12.–6.1. geschlossen, vom 3.-5.8. auch',
    'Vom 24. Dezember bis 6. Januar geschlossen, vom 3. bis 5. August auch',
  ],
  ['Ich komme vom 3.-5. Mai.', 'Ich komme vom 3. bis 5. Mai.'],
  [
    'Am Montag, 5.10., und am Do., 8.10. habe ich Zeit.',
    'Am Montag, 5. Oktober, und am Donnerstag, 8. Oktober habe ich Zeit.',
  ],
  ['Die Feier ist am Sa., 5. Okt., ab 15 Uhr.', 'Die Feier ist am Samstag, 5. Oktober, ab 15 Uhr.'],
  ['Am 5. Sept. und am 3. Jan.', 'Am 5. September und am 3. Januar'],
  ['Der Kurs findet Di. und Do. statt.', 'Der Kurs findet Dienstag und Donnerstag statt.'],
  ['Mo. 8–12 Uhr, Sa. und So. zu', 'Montag 8–12 Uhr, Samstag und Sonntag zu'],
  ['Von Mo. bis Fr. oder jeden So.', 'Von Montag bis Freitag oder jeden Sonntag.'],
  ['Ich komme am Fr. um 8 (nicht am Do.)', 'Ich komme am Freitag um 8 (nicht am Donnerstag)'],
])('%s', (text, expected) => expect(inWords(text)).toBe(expected));

it.each([
  ...['Am 24.12.2020', 'Am 24.12. 2020', 'am 24.12', 'am 32.12. da', 'am 24.13. da', '1.2. Einleitung', 'in 1.2. da'],
  ...['LibreOffice 5.0 bis 6.4.', 'Das geht ab 6.4.', 'Kapitel 1.2. bis 3.4. lesen', 'Das Kapitel vom 3.4. lesen'],
  ...['Mit der Version 1.2. kam', 'um 8.10. los', 'am 8.10. 15 Uhr', 'am 1.2.3. da', 'Sie wohnt in der 5. Et.'],
  ...[
    'So. jetzt geht es los.',
    'Das ist von Fr. Müller.',
    'am Fr. Abend',
    'Mo. bis Fr. 8–12 Uhr',
    'Mo.–Fr. zu',
    'Do. Das',
  ],
  ...['Jan. war da', '3.-5. Klasse', 'Ja, so. und', 'X-Mi. und'],
])('%s stays', (text) => expect(inWords(text)).toBe(text));

it('is a part of what is rewritten of German', () => {
  expect(clockSpans('Am Do. um halb neun', 'de', 'en').map(({ text }) => text)).toEqual(['Donnerstag', '8:30 Uhr']);
});

it.each(['am 1.1. und ', '1.1.', '24.12.–', 'Mo. und ', 'Von Mo. bis ', '5. Okt. '])(
  'reads %s again and again in no time',
  (part) => expect(calendarSpans(part.repeat(3000)).length).toBeLessThan(6001),
);
